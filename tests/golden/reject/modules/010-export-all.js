// refuse: no-modules 2:1
export * from "x";
