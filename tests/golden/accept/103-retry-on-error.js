// expect: {"attempts":3,"value":{"attempt":3}}
async function withRetry(fn, attempts) {
  let last;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return { attempts: attempt, value: await fn() };
    } catch (error) {
      last = error;
      console.warn(`attempt ${attempt}: ${error.message}`);
    }
  }
  throw last;
}
return withRetry(() => acme.flakyReport({ key: "accept-103", failures: 2 }), 5);
