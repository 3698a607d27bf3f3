// ends: ok
// expect: [1,null]
let key = "__pro";
key += ctx ? "to__" : "";
const o = {};
o[key] = { polluted: 1 };
return [o[key].polluted, {}.polluted ?? null];
