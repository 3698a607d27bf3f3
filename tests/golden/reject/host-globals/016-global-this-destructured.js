// refuse: no-global-object 2:23
const { eval: run } = globalThis;
return run;
