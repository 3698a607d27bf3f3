// refuse: unknown-global 3:15
const f = (x) => x;
return f(1) + x;
