// refuse: no-modules 2:1
import { readFile } from "fs";
return readFile;
