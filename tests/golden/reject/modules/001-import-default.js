// refuse: no-modules 2:1
import fs from "fs";
return fs;
