// refuse: syntax 2:12
return /a/gg.test("x");
