// expect: {"value":"ok","attempt":3,"waits":[100,200]}
let calls = 0;
async function unreliable() {
  calls++;
  if (calls < 3) throw new Error(`attempt ${calls} failed`);
  return "ok";
}
async function retry(fn, { attempts = 5, base = 100 } = {}) {
  const waits = [];
  for (let attempt = 1; ; attempt++) {
    try {
      return { value: await fn(), attempt, waits };
    } catch (error) {
      if (attempt >= attempts) throw error;
      waits.push(base * 2 ** (attempt - 1));
    }
  }
}
return retry(unreliable);
