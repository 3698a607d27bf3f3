// Node's `vm` with a new context for every script: what a host in JavaScript would do. Not a security wall.
import vm from "node:vm";

const run = async (source) => {
  const calls = (args) => Promise.resolve({ total: args.id * 10 });
  const context = vm.createContext({ acme: { getOrder: calls } }, { codeGeneration: { strings: false, wasm: false } });
  return JSON.stringify(await vm.runInContext(`(async function () {\n${source}\n})()`, context));
};

const series = [];
for (const source of process.argv.slice(2)) {
  for (let i = 0; i < 100; i++) await run(source);
  const durations = [];
  for (let i = 0; i < 1000; i++) {
    const began = process.hrtime.bigint();
    await run(source);
    durations.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  series.push(durations);
}
console.log(JSON.stringify(series));
