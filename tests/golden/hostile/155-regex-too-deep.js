// ends: runtime_error
return new RegExp("(".repeat(100_000) + ")".repeat(100_000)).test("x");
