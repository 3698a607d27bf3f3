// refuse: syntax 2:9
return /(/.test("x");
