// Performs binding operations for a test outside, as the Worker does for its host. Each test begins with nothing.
import { DurableObject } from "cloudflare:workers";
import { migrate, migrateDatabase, object, perform, transaction } from "./bindings.js";

export class Store extends DurableObject {
  #sql;

  prepare(tables) {
    if (this.#sql) return;
    migrate(this.ctx.storage, tables);
    this.#sql = transaction(this.ctx.storage);
  }

  sql(statements) {
    return this.#sql(statements);
  }
}

export class OtherStore extends Store {}

let current;

export default {
  async fetch(request, env) {
    const { test, tables, ops } = JSON.parse(await request.text(), fromJson);
    if (test !== current) await reset(env, tables);
    current = test;
    for (const { tag, val } of ops) {
      if (tag !== "sql" || val.object === undefined) continue;
      val.object = `${test}/${val.object}`;
      await object(env, val.binding, val.object).prepare(tables[val.binding]);
    }
    return new Response(JSON.stringify(await perform(env, undefined, ops), toJson));
  },
};

async function reset(env, tables) {
  const theirs = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf_%'";
  const { results } = await env.AUDIT.prepare(theirs).all();
  const drops = results.map(({ name }) => env.AUDIT.prepare(`DROP TABLE "${name}"`));
  if (drops.length > 0) await env.AUDIT.batch([env.AUDIT.prepare("PRAGMA defer_foreign_keys = on"), ...drops]);
  await migrateDatabase(env, "AUDIT", tables.AUDIT);
  for (const store of [env.BUNDLE_CACHE, env.REPLAY_NONCE]) {
    for (const { name } of (await store.list()).keys) await store.delete(name);
  }
  for (const { key } of (await env.SKILL_DATA.list()).objects) await env.SKILL_DATA.delete(key);
}

/** Bytes are base64 on the way. */
function fromJson(key, value) {
  if (key === "bytes") return Uint8Array.fromBase64(value);
  return value?.tag === "blob" ? { tag: "blob", val: Uint8Array.fromBase64(value.val) } : value;
}

function toJson(_, value) {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Uint8Array ? value.toBase64() : value;
}
