// refuse: no-eval 2:18
const f = (run = eval) => run("1");
return f();
