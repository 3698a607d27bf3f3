// acorn's parse alone, of the files named. Exits with 3 when acorn is not installed.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const require = createRequire(`${resolve(process.env.FRONTMCP_NODE_MODULES ?? ".")}/`);
let acorn;
try {
  acorn = require("acorn");
} catch {
  console.error("  acorn is not installed, so it is left out");
  process.exit(3);
}
const series = process.argv.slice(2).map((file) => {
  const source = readFileSync(file, "utf8");
  const parse = () => acorn.parse(source, { ecmaVersion: "latest", allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true, locations: true });
  for (let i = 0; i < 300; i++) parse();
  const durations = [];
  for (let i = 0; i < 2000; i++) {
    const began = process.hrtime.bigint();
    parse();
    durations.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  return durations;
});
console.log(JSON.stringify(series));
