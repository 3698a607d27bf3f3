// ends: runtime_error
return "x".repeat(3_000_000);
