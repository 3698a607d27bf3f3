// refuse: no-global-object 2:16
const f = (g = globalThis) => g;
return f();
