// The TypeScript SDK's v2 package against a running host, in both eras: pinned to 2026-07-28, and legacy.
// usage, in target/clients/node: node ../../../tests/clients/ts-v2.mjs http://127.0.0.1:3000/mcp

import assert from "node:assert/strict";
import { load, serverUrl, tell } from "./story.mjs";

const { Client, StreamableHTTPClientTransport } = load("@modelcontextprotocol/client");
const MODERN = "2026-07-28";

async function connected(mode) {
  const client = new Client({ name: "ts-v2", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(serverUrl()));
  assert.equal(client.getServerVersion().name, "acme-shop");
  assert.match(client.getInstructions(), /refund-order/);
  return client;
}

for (const [mode, era] of [[{ pin: MODERN }, "modern"], ["auto", "modern"], ["legacy", "legacy"]]) {
  const client = await connected(mode);
  assert.equal(client.getProtocolEra(), era);
  const protocolVersion = client.getNegotiatedProtocolVersion();
  assert.equal(protocolVersion === MODERN, era === "modern");
  const seen = await tell(client);
  console.log(JSON.stringify({ client: "ts-v2", mode, protocolVersion, ...seen }));
  await client.close();
}
