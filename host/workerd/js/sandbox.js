/**
 * Fresh script sandboxes. An instance is made for each script and serves no other; its memory is one that an ended script
 * gave back, wiped, since new memory takes longer than a small script.
 */
import agentscript from "./agentscript.wasm";
import { instantiate } from "./generated/agentscript/agentscript.js";
import { PAGES } from "./generated/agentscript/memory.js";

const ENGINE = "frontmcp:sandbox/engine@0.1.0";
const BYTES = PAGES << 16;

/** Zeroed memories for scripts to come, each of some 2 MiB of the 128 that an isolate has. */
const SPARE_AT_MOST = 4;

const spare = [];

/** Memory that is zero throughout, as an instance expects it. */
const blank = () => spare.pop() ?? new WebAssembly.Memory({ initial: PAGES });

/** The engine with one script in it, to its end. */
export class Sandbox {
  #memory = blank();
  #engine = instantiate(
    () => agentscript,
    {},
    (module) => new WebAssembly.Instance(module, { sandbox: { memory: this.#memory } }),
  )[ENGINE];

  start(request) {
    return this.#run((engine) => engine.start(request));
  }

  step(completions, nowMs) {
    return this.#run((engine) => engine.step(completions, nowMs));
  }

  /** After a trap, or the end, the instance is never entered again; after a trap its memory is let go as well. */
  #run(call) {
    const engine = this.#engine;
    if (engine === undefined) throw new Error("the sandbox has ended");
    this.#engine = undefined;
    const report = call(engine);
    if (report.state.tag === "pending") this.#engine = engine;
    else this.#giveBack();
    return report;
  }

  /** Memory does not shrink: what has grown is not kept. What is, is wiped at once, so that no secret lies about. */
  #giveBack() {
    const { buffer } = this.#memory;
    if (buffer.byteLength === BYTES && spare.length < SPARE_AT_MOST) {
      new Uint8Array(buffer).fill(0);
      spare.push(this.#memory);
    }
    this.#memory = undefined;
  }
}
