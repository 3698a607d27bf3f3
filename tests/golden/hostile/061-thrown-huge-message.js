// ends: runtime_error
throw new Error("x".repeat(2_000_000));
