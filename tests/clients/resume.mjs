// A TypeScript client with a session that prints what it is told, one JSON document a line, until its input ends.
// It opens its stream and finds it again by itself; this file never touches the connection.
// usage, in target/clients/node: node ../../../tests/clients/resume.mjs v1|v2 http://127.0.0.1:3000/mcp

import assert from "node:assert/strict";
import { load } from "./story.mjs";

const [sdk, url] = process.argv.slice(2);
assert.ok(["v1", "v2"].includes(sdk) && url, "usage: node resume.mjs v1|v2 URL");

const info = { name: `resume-${sdk}`, version: "1.0.0" };
const print = (line) => console.log(JSON.stringify(line));

function made() {
  if (sdk === "v2") {
    const { Client, StreamableHTTPClientTransport } = load("@modelcontextprotocol/client");
    const client = new Client(info, { versionNegotiation: { mode: "legacy" } });
    return [client, new StreamableHTTPClientTransport(new URL(url))];
  }
  const { Client } = load("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = load("@modelcontextprotocol/sdk/client/streamableHttp.js");
  return [new Client(info), new StreamableHTTPClientTransport(new URL(url))];
}

const [client, transport] = made();
client.fallbackNotificationHandler = async ({ method }) => print({ notification: method });
// A lost connection is told here, too; that is what is expected to happen.
client.onerror = (error) => print({ error: error.message });
await client.connect(transport);
print({ client: sdk, session: transport.sessionId ?? null });

process.stdin.resume();
await new Promise((ended) => process.stdin.once("end", ended));
await client.close();
print({ ended: true });
