// ends: ok
// expect: {"name":"a","self":"[Circular]"}
const a = { name: "a" };
a.self = a;
return a;
