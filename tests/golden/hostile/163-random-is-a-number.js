// ends: ok
// expect: true
const n = Math.random();
return n >= 0 && n < 1;
