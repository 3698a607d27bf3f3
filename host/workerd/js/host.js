/** The host's module, one for all objects of an isolate. */
import module from "./host.wasm";
import { Instance, initSync } from "./generated/host.js";

let shipped;
let ready = false;

/** Remembers the signed bundle that this Worker is deployed with. */
export function ship(bundle) {
  if (bundle instanceof Uint8Array) shipped = bundle;
  else if (bundle instanceof ArrayBuffer) shipped = new Uint8Array(bundle);
  else shipped = new TextEncoder().encode(typeof bundle === "string" ? bundle : JSON.stringify(bundle));
}

/** A host over a platform. */
export function instantiate(platform, env, { writesAudit = false } = {}) {
  if (shipped === undefined) {
    throw new Error("createWorker({ bundle }) was not called: the entry module must call it when it is loaded");
  }
  if (!ready) {
    initSync({ module });
    ready = true;
  }
  return new Instance(platform, shipped, vars(env), writesAudit);
}

/** Our own variables. */
function vars(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith("FRONTMCP_") && typeof value === "string"),
  );
}
