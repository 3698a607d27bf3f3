/** `createWorker`: the Worker's own handler, which sends every request to where it belongs. */
import { env as bindings, waitUntil } from "cloudflare:workers";
import { object } from "./bindings.js";
import { bundles, forget, refresh } from "./bundles.js";
import { finish, take } from "./exchange.js";
import { instantiate, ship } from "./host.js";
import { BundleDO, EventStoreDO, SessionDO } from "./objects.js";
import { Platform } from "./platform.js";

export { BundleDO, EventStoreDO, SessionDO };

/** The name of the object that answers for sessions that never were. */
const NONE = "none";

/** Where auditors find what checkpoints are verified with. */
const AUDIT_KEY = "/_frontmcp/audit-key";

export function createWorker({ bundle, env = bindings }) {
  ship(bundle);
  let front;
  const handler = {
    async fetch(request) {
      front ??= instantiate(new Platform(env, { waitUntil }), env);
      await refresh(front, env);
      try {
        return await serve(front, env, request);
      } catch (error) {
        console.error(`answering a request: ${error.stack ?? error}`);
        return new Response("internal error\n", { status: 500, headers: { "content-type": "text/plain" } });
      }
    },
  };
  return { ...handler, handler, durableObjects: { SessionDO, EventStoreDO, BundleDO } };
}

async function serve(front, env, request) {
  if (front.acceptsBundles(request.url)) {
    const answered = await bundles(env).serve(request);
    forget();
    return answered;
  }
  if (new URL(request.url).pathname === AUDIT_KEY) {
    return new Response(`${await bundles(env).auditKey()}\n`, { headers: { "content-type": "application/jwk+json" } });
  }
  const asked = await take(front, request);
  if (asked instanceof Response) return asked;
  const place = front.place(asked.method, asked.url, asked.headers, asked.body);
  // A call that nobody waits for any more goes on to its record, for as long as the platform lets it.
  if (place === "anywhere") return finish(front, asked, undefined, waitUntil);
  const name = place === "fresh" ? front.drawName() : place === "none" ? NONE : place.slice("session:".length);
  return object(env, "SESSIONS", name).serve(again(asked), name);
}

/** The same request, whose body was read. */
function again({ method, url, headers, body }) {
  return new Request(url, { method, headers, body: body.length > 0 ? body : undefined });
}
