// ends: timeout
async function* all() { for (let i = 0; ; i++) yield i; }
for await (const x of all()) {}
