// refuse: no-modules 2:1
export default 1;
