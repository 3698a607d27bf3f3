// refuse: no-eval 3:12
const a = 4, g = 2;
return a / eval("1") / g;
