// ends: runtime_error
const o = { get x() { return this.x + 1; } };
return o.x;
