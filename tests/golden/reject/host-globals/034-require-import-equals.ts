// refuse: no-modules 2:1
import fs = require("fs");
return fs;
