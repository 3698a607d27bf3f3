// ends: runtime_error
const o = { get self() { return { get self() { return o.self; } }.self; } };
return o;
