/**
 * Performs binding operations, which the adapter component decides on. An operation that fails says which binding it
 * was and what may mend it; nothing is tried twice here.
 */

const KINDS = {
  object: "bindings.durableObjects",
  database: "bindings.d1Databases",
  kv: "bindings.kvNamespaces",
  bucket: "bindings.r2Buckets",
};

/** The binding of this name; the error says where it is declared. */
export function bound(env, kind, name) {
  const binding = env[name];
  if (binding === undefined || binding === null) {
    throw new Error(`the binding ${name} is missing; declare it under ${KINDS[kind]} of frontmcp.deploy.yaml, emit the wrangler configuration again and deploy`);
  }
  return binding;
}

/** A Durable Object by its name. */
export function object(env, binding, name) {
  const namespace = bound(env, "object", binding);
  return namespace.get(namespace.idFromName(name));
}

/** Runs statements on an object's own storage, all of them or none. */
export function transaction(storage) {
  const rows = ({ sql, values }) =>
    [...storage.sql.exec(sql, ...values.map(outwards)).raw()].map((row) => row.map(inwards));
  return (statements) => storage.transactionSync(() => statements.map(rows));
}

/** Brings an object's tables up to date: each statement is applied once ever. */
export function migrate(storage, statements) {
  storage.transactionSync(() => {
    storage.sql.exec("CREATE TABLE IF NOT EXISTS applied (statement INTEGER PRIMARY KEY) STRICT");
    const { count } = storage.sql.exec("SELECT count(*) AS count FROM applied").one();
    statements.slice(count).forEach((sql, index) => {
      storage.sql.exec(sql);
      storage.sql.exec("INSERT INTO applied VALUES (?)", count + index);
    });
  });
}

/** The same for a database. */
export async function migrateDatabase(env, binding, statements) {
  const database = bound(env, "database", binding);
  await database.prepare("CREATE TABLE IF NOT EXISTS applied (statement INTEGER PRIMARY KEY) STRICT").run();
  const count = await database.prepare("SELECT count(*) AS count FROM applied").first("count");
  const missing = statements.slice(count).flatMap((sql, index) => [
    database.prepare(sql),
    database.prepare("INSERT INTO applied VALUES (?)").bind(count + index),
  ]);
  if (missing.length > 0) await database.batch(missing);
}

/** Performs operations in order, whatever comes of each. `own` is the storage of the object that asks. */
export async function perform(env, own, ops) {
  const outcomes = [];
  for (const { tag, val } of ops) {
    try {
      outcomes.push(await operations[tag](env, own, val));
    } catch (error) {
      const failure = `${val.binding} (${PLATFORM[tag] ?? sqlPlatform(val)}): ${error.message}`;
      // Copies, and what can be made up for: whoever asked may go on, so that nobody else tells of it.
      if (tag !== "sql" || val.object === undefined) console.error(failure);
      outcomes.push({ tag: "failed", val: failure });
    }
  }
  return outcomes;
}

const DONE = { tag: "done" };

const PLATFORM = {
  "kv-get": "KV",
  "kv-put": "KV",
  "kv-delete": "KV",
  "bucket-head": "R2",
  "bucket-get": "R2",
  "bucket-put": "R2",
  "bucket-delete": "R2",
};

const sqlPlatform = ({ object }) => (object === undefined ? "D1" : "Durable Object");

const operations = {
  async sql(env, own, { binding, object: name, statements }) {
    if (name === undefined) return { tag: "rows", val: await query(env, binding, statements) };
    if (own?.binding === binding && own.name === name) return { tag: "rows", val: own.sql(statements) };
    return { tag: "rows", val: await object(env, binding, name).sql(statements) };
  },

  async "kv-get"(env, _, { binding, key }) {
    const bytes = await bound(env, "kv", binding).get(key, "arrayBuffer");
    return { tag: "bytes", val: bytes === null ? undefined : new Uint8Array(bytes) };
  },

  async "kv-put"(env, _, { binding, key, bytes, expiresMs }) {
    // The store forgets nothing sooner than after a minute.
    const expirationTtl = expiresMs && Math.max(60, Math.ceil((Number(expiresMs) - Date.now()) / 1000));
    await bound(env, "kv", binding).put(key, bytes, expirationTtl ? { expirationTtl } : undefined);
    return DONE;
  },

  async "kv-delete"(env, _, { binding, key }) {
    await bound(env, "kv", binding).delete(key);
    return DONE;
  },

  async "bucket-head"(env, _, { binding, key }) {
    const there = await bound(env, "bucket", binding).head(key);
    return { tag: "bytes", val: there === null ? undefined : new Uint8Array() };
  },

  async "bucket-get"(env, _, { binding, key }) {
    const found = await bound(env, "bucket", binding).get(key);
    return { tag: "bytes", val: found === null ? undefined : new Uint8Array(await found.arrayBuffer()) };
  },

  async "bucket-put"(env, _, { binding, key, bytes }) {
    await bound(env, "bucket", binding).put(key, bytes);
    return DONE;
  },

  async "bucket-delete"(env, _, { binding, key }) {
    await bound(env, "bucket", binding).delete(key);
    return DONE;
  },
};

/** One batch is one transaction. Rows come by column name, in the columns' order. */
async function query(env, binding, statements) {
  if (statements.length === 0) return [];
  const database = bound(env, "database", binding);
  const prepared = statements.map(({ sql, values }) => database.prepare(sql).bind(...values.map(outwards)));
  const answers = await database.batch(prepared);
  return answers.map(({ results }) => results.map((row) => Object.values(row).map(inwards)));
}

/** What an adapter's value is in JavaScript. Numbers there are exact up to 2^53. */
function outwards(value) {
  switch (value.tag) {
    case "integer":
      return Number(value.val);
    case "text":
      return value.val;
    case "blob":
      return value.val;
    default:
      return null;
  }
}

/** The reverse. */
function inwards(value) {
  if (value === null || value === undefined) return { tag: "null" };
  if (typeof value === "string") return { tag: "text", val: value };
  if (typeof value === "number") return { tag: "integer", val: BigInt(value) };
  // D1 hands bytes over as arrays of numbers.
  return { tag: "blob", val: new Uint8Array(value) };
}
