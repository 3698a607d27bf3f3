// refuse: no-eval 2:8
return AsyncFunction("return 1");
