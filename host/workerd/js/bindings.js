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
  return (statements) =>
    storage.transactionSync(() =>
      statements.map(({ sql, values }) => [...storage.sql.exec(sql, ...values.map(outwards)).raw()].map((row) => row.map(inwards))),
    );
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
