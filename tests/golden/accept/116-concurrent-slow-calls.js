// expect: {"waited":[200,200,200,200,200],"overlapped":true}
const started = Date.now();
const waits = await Promise.all([200, 200, 200, 200, 200].map((ms) => acme.slowReport({ ms })));
const elapsed = Date.now() - started;
return { waited: waits.map((wait) => wait.waitedMs), overlapped: elapsed < 900 };
