// Serves our Worker beside plain ones in one workerd, each on a socket of its own, and measures how they start.
// node workers.mjs '{"configuration": …, "secrets": …, "storage": …, "sandbox": …, "answer": …, "request": …}'
// Prints one line of JSON; ends when its input does.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

// Packages are found where they are installed: in the folder this runs in.
const require = createRequire(`${process.cwd()}/`);
const { Miniflare } = require("miniflare");
const { unstable_getMiniflareWorkerOptions: optionsOf } = require("wrangler");

const STARTS = 5;

const given = JSON.parse(process.argv[2]);
const { workerOptions, main } = optionsOf(given.configuration);
const compatibility = {
  compatibilityDate: workerOptions.compatibilityDate,
  compatibilityFlags: workerOptions.compatibilityFlags,
};

const ours = {
  ...workerOptions,
  name: "ours",
  modules: true,
  modulesRoot: dirname(main),
  scriptPath: main,
  bindings: { ...workerOptions.bindings, ...given.secrets },
  unsafeEphemeralDurableObjects: false,
};

/** Does nothing. */
const empty = {
  ...compatibility,
  name: "empty",
  modules: [{ type: "ESModule", path: "empty.mjs", contents: `export default { fetch: () => new Response("{}") };` }],
};

/** Reads the same message, does nothing with it, and writes the same answer. */
const plain = {
  ...compatibility,
  name: "plain",
  bindings: { ANSWER: given.answer },
  modules: [
    {
      type: "ESModule",
      path: "plain.mjs",
      contents: `
        let found;
        const refused = (id, code, message) => Response.json({ jsonrpc: "2.0", id, error: { code, message } });
        export default {
          async fetch(request, { ANSWER }) {
            found ??= JSON.parse(ANSWER);
            const { jsonrpc, id, method, params } = await request.json();
            if (jsonrpc !== "2.0" || method !== "tools/call") return refused(id, -32601, "no such method");
            if (!Array.isArray(params.arguments?.queries)) return refused(id, -32602, "no queries");
            const text = JSON.stringify(found);
            const result = { content: [{ type: "text", text }], structuredContent: found, resultType: "complete" };
            return Response.json({ jsonrpc: "2.0", id, result });
          },
        };`,
    },
  ],
};

/** A fresh sandbox and a script in it, without the host around them. */
function sandbox() {
  const file = (name) => readFileSync(join(given.sandbox, name));
  return {
    ...compatibility,
    name: "sandbox",
    modules: [
      {
        type: "ESModule",
        path: "sandbox.mjs",
        contents: `
          import { Sandbox } from "./sandbox.js";
          const limits = {
            memoryBytes: 32n << 20n, stackBytes: 262144, maxPendingCalls: 64, maxCalls: 100, maxSteps: 50000000n,
            maxResultBytes: 1 << 20, maxLogBytes: 65536,
          };
          export default {
            async fetch(request) {
              const source = await request.text();
              const globalsJson = '{"namespaces":{}}';
              const { state } = new Sandbox().start({ source, globalsJson, limits, nowMs: BigInt(Date.now()), seed: 42n });
              return new Response(state.tag === "done" ? state.val : JSON.stringify(state));
            },
          };`,
      },
      { type: "ESModule", path: "sandbox.js", contents: file("sandbox.js").toString() },
      { type: "CompiledWasm", path: "agentscript.wasm", contents: file("agentscript.wasm") },
    ],
  };
}

const quiet = { host: "127.0.0.1", port: 0, cf: false, telemetry: { enabled: false } };

/** Milliseconds until a runtime with this Worker alone is up, and from there to its first answer. */
async function start(worker) {
  const storage = mkdtempSync(join(tmpdir(), "frontmcp-bench-"));
  const began = performance.now();
  const runtime = new Miniflare({ ...quiet, defaultPersistRoot: storage, workers: [worker] });
  const url = await runtime.ready;
  const up = performance.now();
  const { method, headers, body } = given.request;
  const answer = await fetch(new URL("/mcp", url), { method, headers, body });
  const text = await answer.text();
  const answered = performance.now();
  await runtime.dispose();
  rmSync(storage, { recursive: true });
  if (answer.status !== 200) throw new Error(`${worker.name} answered ${answer.status}: ${text}`);
  return { up: up - began, first: answered - up };
}

async function starts() {
  const measured = { ours: [], empty: [] };
  for (let turn = 0; turn < STARTS; turn += 1) {
    for (const worker of [ours, empty]) measured[worker.name].push(await start(worker));
  }
  return measured;
}

/** The runtime's process: the one child that this one has. */
function runtimeProcess() {
  const isChild = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[1] === String(process.pid);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isChild(name)).map(Number);
}

const measured = await starts();
const direct = (worker) => ({ ...worker, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] });
const workers = [ours, empty, plain, sandbox()].map(direct);
const runtime = new Miniflare({ ...quiet, defaultPersistRoot: given.storage, workers });
await runtime.ready;
const addresses = {};
for (const { name } of workers) addresses[name] = (await runtime.unsafeGetDirectURL(name)).host;
console.log(JSON.stringify({ addresses, processes: runtimeProcess(), starts: measured }));
process.stdin.resume();
process.stdin.on("end", async () => {
  await runtime.dispose();
  process.exit(0);
});
