/**
 * What a host asks of the platform, seen from one object: time, randomness, `fetch`, secrets, bindings, sandboxes.
 * Decides nothing.
 */
import cloudflare from "./cloudflare.wasm";
import { instantiate as newAdapter } from "./generated/cloudflare/cloudflare.js";
import { object, perform } from "./bindings.js";
import { BUNDLES, LOG } from "./names.js";
import { Sandbox } from "./sandbox.js";

const PLAN = "frontmcp:adapter/storage-plan@0.1.0";

let plan;

/** The adapter component. Has no state of its own, so that one instance serves the whole isolate, unless it traps. */
function planned(call) {
  const current = plan ?? newAdapter(() => cloudflare, {})[PLAN];
  plan = undefined;
  const answer = call(current);
  plan = current;
  return answer;
}

const adapter = {
  begin: (request) => planned((plan) => plan.begin(request)),
  resume: (state, outcomes) => planned((plan) => plan.resume(state, outcomes)),
};

/** The statements that make the tables of a binding. */
export function tables(binding) {
  return planned((plan) => plan.migrations()).find((migration) => migration.binding === binding).statements;
}

export class Platform {
  #env;
  #own;

  /** `own`: how this object waits, its storage, and the seed of its key, if it has any. */
  constructor(env, own) {
    this.#env = env;
    this.#own = own;
  }

  now() {
    return Date.now();
  }

  elapsed() {
    return performance.now();
  }

  timer(ms) {
    let handle;
    const done = new Promise((resolve) => {
      handle = setTimeout(resolve, ms);
    });
    return { done, cancel: () => clearTimeout(handle) };
  }

  random(length) {
    return crypto.getRandomValues(new Uint8Array(length));
  }

  secret(name) {
    const value = this.#env[name];
    return typeof value === "string" ? value : undefined;
  }

  log(level, line) {
    console[level](line);
  }

  waitUntil(work) {
    this.#own.waitUntil(work);
  }

  /** One exchange; rejects with a word for what went wrong. */
  async fetch({ method, url, headers, body, timeoutMs, maxBytes }) {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const init = { method, headers, redirect: "manual", signal, body: body.length > 0 ? body : undefined };
      const response = await fetch(url, init);
      return { status: response.status, headers: [...response.headers], body: await bounded(response, maxBytes) };
    } catch (error) {
      throw new Error(signal.aborted ? "timeout" : error.message === "too-large" ? "too-large" : "unreachable");
    }
  }

  perform(ops) {
    return perform(this.#env, this.#own.storage, ops);
  }

  /** Lets every object with open streams hear it. */
  tell(news) {
    return object(this.#env, "EVENTS", LOG).tell(news);
  }

  /** Has the one object that writes the audit log do it. */
  audit(request) {
    return object(this.#env, "BUNDLE", BUNDLES).audit(request);
  }

  /** The seed of the key that checkpoints of the audit log are signed with; nothing where none are signed. */
  signingKey() {
    return this.#own.key?.();
  }

  sandbox() {
    return new Sandbox();
  }

  adapter() {
    return adapter;
  }
}

async function bounded(response, max) {
  if (response.body === null) return new Uint8Array();
  const parts = [];
  let length = 0;
  for await (const part of response.body) {
    length += part.length;
    if (length > max) throw new Error("too-large");
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
