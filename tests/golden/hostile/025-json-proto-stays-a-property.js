// ends: ok
// expect: null
const o = JSON.parse('{"__proto__": {"polluted": 1}}');
const copy = Object.assign({}, o);
return {}.polluted ?? null;
