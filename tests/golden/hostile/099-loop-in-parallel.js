// ends: timeout
await parallel([1, 2, 3], () => { for (;;) {} });
