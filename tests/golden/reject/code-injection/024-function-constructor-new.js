// refuse: no-eval 2:12
return new Function("return 1")();
