// ends: ok
// expect: 1
const o = { [Symbol.unscopables]: { x: true }, x: 1 };
return o.x;
