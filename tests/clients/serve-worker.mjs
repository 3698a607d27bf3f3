// Serves a Worker's folder on workerd as its wrangler configuration says, until it is ended.
// node serve-worker.mjs CONFIGURATION ENVIRONMENT STORAGE PORT SECRETS
import { dirname } from "node:path";
import { createRequire } from "node:module";

// Packages are found where they are installed: in the folder this runs in.
const require = createRequire(`${process.cwd()}/`);
const { Miniflare } = require("miniflare");
const { unstable_getMiniflareWorkerOptions: optionsOf } = require("wrangler");

const [configuration, environment, storage, port, secrets] = process.argv.slice(2);
const { workerOptions, main } = optionsOf(configuration, environment || undefined);
const miniflare = new Miniflare({
  host: "127.0.0.1",
  port: Number(port),
  cf: false,
  telemetry: { enabled: false },
  defaultPersistRoot: storage,
  workers: [
    {
      ...workerOptions,
      modules: true,
      modulesRoot: dirname(main),
      scriptPath: main,
      bindings: { ...workerOptions.bindings, ...JSON.parse(secrets) },
      unsafeEphemeralDurableObjects: false,
    },
  ],
});
const url = await miniflare.ready;
console.log(`listening on ${url.origin}/mcp`);
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, async () => {
    await miniflare.dispose();
    process.exit(0);
  });
}
