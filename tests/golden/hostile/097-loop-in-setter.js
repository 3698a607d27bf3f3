// ends: timeout
const o = { set x(v) { while (true) {} } };
o.x = 1;
