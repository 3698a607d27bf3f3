// refuse: no-modules 2:1
export const a = 1;
