// ends: runtime_error
const big = "x".repeat(8_000_000);
const args = {};
for (let i = 0; i < 100; i++) args[`k${i}`] = big + i;
await callTool("acme.getOrder", args);
