// refuse: syntax 2:11
return /[z-a]/.test("x");
