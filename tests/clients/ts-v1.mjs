// The TypeScript SDK's v1 package against a running host: the initialize handshake of 2025-11-25 and before.
// usage, in target/clients/node: node ../../../tests/clients/ts-v1.mjs http://127.0.0.1:3000/mcp

import assert from "node:assert/strict";
import { load, serverUrl, tell } from "./story.mjs";

const { Client } = load("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = load("@modelcontextprotocol/sdk/client/streamableHttp.js");

const client = new Client({ name: "ts-v1", version: "1.0.0" });
const transport = new StreamableHTTPClientTransport(serverUrl());
await client.connect(transport);
assert.equal(client.getServerVersion().name, "acme-shop");
assert.match(client.getInstructions(), /refund-order/);
await client.ping();

const seen = await tell(client);
console.log(JSON.stringify({ client: "ts-v1", protocolVersion: transport.protocolVersion, ...seen }));
await client.close();
