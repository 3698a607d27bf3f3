// ends: ok
// expect: 0
const start = Date.now();
for (let i = 0; i < 10_000; i++) {}
return Date.now() - start;
