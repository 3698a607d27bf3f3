// ends: runtime_error nothing will settle
await Promise.all([1, 2, new Promise(() => {})]);
