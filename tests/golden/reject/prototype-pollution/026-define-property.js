// refuse: no-meta-programming 3:8
const o = {};
Object.defineProperty(o, "x", { get: () => 1 });
return o.x;
