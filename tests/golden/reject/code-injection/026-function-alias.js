// refuse: no-eval 2:11
const F = Function;
return F("return 1")();
