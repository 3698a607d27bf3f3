// refuse: syntax 2:12
function f(a, a) { return a; }
return f(1, 2);
