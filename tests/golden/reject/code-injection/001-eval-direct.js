// refuse: no-eval 2:8
return eval("1 + 1");
