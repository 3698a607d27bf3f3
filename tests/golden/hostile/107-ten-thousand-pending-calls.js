// ends: runtime_error
const calls = [];
for (let i = 0; i < 10_000; i++) calls.push(callTool("acme.getOrder", { id: `${i}` }).catch(() => 0));
await Promise.all(calls);
