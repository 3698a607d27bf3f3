// refuse: no-prototype-access 2:35
const o = { get x() { return this.constructor; } };
return o.x;
