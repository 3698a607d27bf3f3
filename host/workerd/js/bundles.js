/** Which bundle an object serves: asks the one that accepts them, now and then. */
import { object } from "./bindings.js";
import { BUNDLES } from "./names.js";

/** Milliseconds for which an answer counts. */
const MAX_AGE_MS = 1_000;

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
    const told = await bundles(env).current(instance.newest());
    await instance.adopt(told);
    asked = Date.now();
  } catch (error) {
    console.error(`asking for the bundle to serve: ${error.message}`);
    if (!instance.isReady()) await fallBack(instance, env);
  }
}

async function fallBack(instance, env) {
  try {
    const cached = await fromCache(env);
    if (cached) return await instance.adopt(cached);
  } catch (error) {
    console.error(`BUNDLE_CACHE (KV): ${error.message}`);
  }
  try {
    await instance.fallBack();
  } catch (error) {
    console.error(`the shipped bundle: ${error.message}`);
  }
}

async function fromCache(env) {
  const bundleSha256 = await env.BUNDLE_CACHE.get("newest");
  if (bundleSha256 === null) return undefined;
  const bytes = await env.BUNDLE_CACHE.get(`bundle/${bundleSha256}`, "arrayBuffer");
  return bytes === null ? undefined : { bundleSha256, encoding: coding(new Uint8Array(bytes)), bytes: new Uint8Array(bytes) };
}

/** How it is packed, by its first bytes. */
function coding([first, second]) {
  if (first === 0x1f && second === 0x8b) return "gzip";
  return first === 0x28 && second === 0xb5 ? "zstd" : "identity";
}
