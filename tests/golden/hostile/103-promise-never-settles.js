// ends: runtime_error nothing will settle
await new Promise(() => {});
