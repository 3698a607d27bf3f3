// refuse: no-eval 2:8
return ev\u0061l("1 + 1");
