// ends: timeout
return /^(a|a|aa)+$/.test("a".repeat(60) + "!");
