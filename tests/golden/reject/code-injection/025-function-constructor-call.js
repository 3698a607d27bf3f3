// refuse: no-eval 2:8
return Function("a", "b", "return a + b")(1, 2);
