// refuse: no-eval 2:26
function* each() { yield eval("1"); }
return [...each()];
