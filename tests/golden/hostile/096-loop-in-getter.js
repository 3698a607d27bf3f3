// ends: timeout
const o = { get x() { while (true) {} } };
return o.x;
