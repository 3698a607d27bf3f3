// refuse: no-host-access 2:12
const fs = require("fs");
return fs;
