// refuse: no-eval 2:12
return (0, eval)("1 + 1");
