// refuse: no-meta-programming 3:10
const O = Object;
return O.defineProperty({}, "x", { value: 1 });
