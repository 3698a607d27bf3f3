// refuse: no-host-access 4:11
// refuse: no-host-access 5:11
// refuse: no-global-object 6:15
const a = process.env;
const b = require("x");
return [a, b, globalThis];
