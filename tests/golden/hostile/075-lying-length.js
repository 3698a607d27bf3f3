// ends: ok
// expect: 0
const lie = { length: 4294967296 - 4294967296, 0: "x" };
return Array.from(lie).length;
