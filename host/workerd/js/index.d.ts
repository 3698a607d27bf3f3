/** The host of this deployment, as a Cloudflare Worker. */

/** The signed bundle the Worker is deployed with: `bundle.json`, imported or read. */
export type Bundle = string | object | Uint8Array | ArrayBuffer;

export interface WorkerOptions {
  /** Served until a newer one is pushed. Its signature is verified with the keys that the environment's secrets hold. */
  bundle: Bundle;
  /** Bindings, variables and secrets; those of the Worker if left out. */
  env?: object;
}

export interface FrontMcpWorker {
  /** Answers a request: export it, or call it from a handler of your own. */
  fetch(request: Request): Promise<Response>;
  /** The same, as an exported handler. */
  handler: { fetch(request: Request): Promise<Response> };
  /** The classes that the entry module must export under the names in the manifest's `bindings.durableObjects`. */
  durableObjects: { SessionDO: DurableObjectClass; EventStoreDO: DurableObjectClass; BundleDO: DurableObjectClass };
}

/** A Durable Object class. */
export type DurableObjectClass = new (ctx: any, env: any) => object;

/** Call it once, when the entry module is loaded. */
export function createWorker(options: WorkerOptions): FrontMcpWorker;

/** The transport of one session. */
export const SessionDO: DurableObjectClass;
/** Sessions, and the log that their streams are read from. */
export const EventStoreDO: DurableObjectClass;
/** Accepts bundles, and writes the audit log. */
export const BundleDO: DurableObjectClass;
