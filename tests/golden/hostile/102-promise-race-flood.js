// ends: timeout
for (;;) await Promise.race([null, new Promise(() => {})]);
