// ends: timeout
return /^(a?){40}\1(b?){40}(a+)+$/.test("a".repeat(80) + "!");
