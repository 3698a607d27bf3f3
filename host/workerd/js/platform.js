/**
 * What a host asks of the platform, seen from one object: time, randomness, `fetch`, secrets, bindings, sandboxes.
 * Decides nothing.
 */
import cloudflare from "./cloudflare.wasm";
import { instantiate as newAdapter } from "./generated/cloudflare/cloudflare.js";
import { object, perform } from "./bindings.js";
import { BUNDLES, LOG } from "./names.js";
import { Sandbox } from "./sandbox.js";
import { whole } from "./waiting.js";

const PLAN = "frontmcp:adapter/storage-plan@0.1.0";
const TOO_LARGE = new Error("too-large");

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
      const answered = await whole(response.body, maxBytes);
      if (answered === null) throw TOO_LARGE;
      return { status: response.status, headers: [...response.headers], body: answered };
    } catch (error) {
      throw error === TOO_LARGE ? error : new Error(signal.aborted ? "timeout" : "unreachable");
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
