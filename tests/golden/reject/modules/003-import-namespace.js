// refuse: no-modules 2:1
import * as fs from "fs";
return fs;
