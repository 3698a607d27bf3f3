// refuse: no-modules 3:1
const a = 1;
export { a };
