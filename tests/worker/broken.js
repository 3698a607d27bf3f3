// An entry module on a platform that breaks when it is told to: POST /_break with what breaks from now on.
import { createWorker, BundleDO as Bundle, EventStoreDO as Events, SessionDO as Session } from "./frontmcp.js";
import bundle from "./bundle.json";

/** `random`: how many more times randomness is given before it comes in the wrong length, once. `bindings`: who fail. */
let broken = {};
let made = 0;

const real = crypto.getRandomValues.bind(crypto);
crypto.getRandomValues = (buffer) => {
  if (broken.random !== undefined && broken.random-- === 0) return new Uint8Array(buffer.length + 1);
  return real(buffer);
};

const fails = new Proxy({}, {
  get: () => () => {
    throw new Error("out of order");
  },
});
const breakable = (env) => new Proxy(env, {
  get: (there, name) => (broken.bindings?.includes(name) ? fails : there[name]),
});
const counted = (Class) => class extends Class {
  constructor(ctx, env) {
    super(ctx, breakable(env));
    made += 1;
  }
};

export const SessionDO = counted(Session);
export const EventStoreDO = counted(Events);
export const BundleDO = counted(Bundle);

const worker = createWorker({ bundle });

export default {
  async fetch(request) {
    if (new URL(request.url).pathname !== "/_break") return worker.fetch(request);
    broken = await request.json();
    return Response.json({ made });
  },
};
