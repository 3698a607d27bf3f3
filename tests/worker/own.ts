// A Worker of somebody's own, in TypeScript, with the host in it.
import { createWorker, type FrontMcpWorker } from "./frontmcp.js";
import bundle from "./bundle.json";

export { SessionDO, EventStoreDO, BundleDO } from "./frontmcp.js";

const host: FrontMcpWorker = createWorker({ bundle });

export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/hello") return new Response("hello from TypeScript");
    return host.fetch(request);
  },
};
