// refuse: no-modules 2:1
export { a } from "x";
