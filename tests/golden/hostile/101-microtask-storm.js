// ends: timeout
let storm = true;
const next = async () => { while (storm) await null; };
await Promise.all(Array.from({ length: 100 }, next));
