/** Which bundle an object serves: asks the one that accepts them, now and then. */
import { bound, object } from "./bindings.js";
import { BUNDLES } from "./names.js";
import { within } from "./waiting.js";

/** Milliseconds for which an answer counts. */
export const MAX_AGE_MS = 1_000;
/** Milliseconds that whoever has something to serve waits for the answer. */
const PATIENCE_MS = 5_000;
const SILENCE = new Error(`no answer for ${PATIENCE_MS} ms`);

let asked = 0;

/** The object that accepts bundles and writes the audit log. */
export const bundles = (env) => object(env, "BUNDLE", BUNDLES);

/** A push may have changed the answer. */
export function forget() {
  asked = 0;
}

/** Has the host serve what is live. If nobody can be asked, what it had, what the cache has, or what it was shipped with. */
export async function refresh(instance, env, now = false) {
  if (!now && Date.now() - asked < MAX_AGE_MS && instance.newest() !== undefined) {
    return instance.adopt(null);
  }
  try {
    const answer = bundles(env).current(instance.newest());
    const soon = () => within(PATIENCE_MS, SILENCE, (late) => Promise.race([answer, late]));
    await instance.adopt(await (instance.isReady() ? soon() : answer));
  } catch (error) {
    console.error(`asking for the bundle to serve: ${error.message}`);
    if (!instance.isReady()) await fallBack(instance, env);
  }
  // Whoever comes next need not wait for the same silence.
  asked = Date.now();
}

async function fallBack(instance, env) {
  try {
    if (instance.newest() !== undefined) return await instance.adopt(null);
    await instance.fallBack(await cached(env));
  } catch (error) {
    console.error(`the shipped bundle: ${error.message}`);
  }
}

/** The copy of the newest bundle, which may be old, and of which nobody says whose it is before its signature is verified. */
async function cached(env) {
  try {
    const bytes = await bound(env, "kv", "BUNDLE_CACHE").get("newest", "arrayBuffer");
    return bytes === null ? undefined : new Uint8Array(bytes);
  } catch (error) {
    console.error(`BUNDLE_CACHE (KV): ${error.message}`);
    return undefined;
  }
}
