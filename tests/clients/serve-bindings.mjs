// Serves the platform's own bindings on workerd, by the operations that the Worker performs, until its input ends.
// node serve-bindings.mjs ENTRY BINDINGS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Packages are found where they are installed: in the folder this runs in.
const require = createRequire(`${process.cwd()}/`);
const { Miniflare } = require("miniflare");

const [entry, bindings] = process.argv.slice(2);
const module = (path, file) => ({ type: "ESModule", path, contents: readFileSync(file, "utf8") });
const object = { className: "Store", useSQLite: true };
const miniflare = new Miniflare({
  host: "127.0.0.1",
  port: 0,
  cf: false,
  telemetry: { enabled: false },
  compatibilityDate: "2026-04-01",
  modules: [module("entry.js", entry), module("bindings.js", bindings)],
  durableObjects: { EVENTS: object, BUNDLE: { ...object, className: "OtherStore" } },
  d1Databases: ["AUDIT"],
  kvNamespaces: ["BUNDLE_CACHE", "REPLAY_NONCE"],
  r2Buckets: ["SKILL_DATA"],
});
const url = await miniflare.ready;
console.log(`listening on ${url.origin}`);
process.stdin.resume();
process.stdin.on("end", async () => {
  await miniflare.dispose();
  process.exit(0);
});
