// ends: timeout
return /^([a-zA-Z0-9]+)*@x$/.test("a".repeat(50));
