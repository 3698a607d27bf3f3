// Runs a Worker's folder on workerd as its wrangler configuration says, asks it once, and prints the answer.
// node worker.mjs CONFIGURATION [ENVIRONMENT]
import { dirname } from "node:path";
import { createRequire } from "node:module";

// Packages are found where they are installed: in the folder this runs in.
const require = createRequire(`${process.cwd()}/`);
const { Miniflare } = require("miniflare");
const { unstable_getMiniflareWorkerOptions: optionsOf } = require("wrangler");

const [configuration, environment] = process.argv.slice(2);
const { workerOptions, main, externalWorkers } = optionsOf(configuration, environment);
const worker = {
  ...workerOptions,
  modules: true,
  modulesRules: workerOptions.modulesRules,
  modulesRoot: dirname(main),
  scriptPath: main,
};
const miniflare = new Miniflare({ host: "127.0.0.1", port: 0, cf: false, workers: [worker, ...(externalWorkers ?? [])] });
try {
  const answer = await miniflare.dispatchFetch("http://worker.example/");
  console.log(await answer.text());
} finally {
  await miniflare.dispose();
}
