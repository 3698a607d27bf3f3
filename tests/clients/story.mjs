// What every TypeScript client does: search, describe, refund, and be refused what was not granted.
// Knows no SDK: takes a connected client's `listTools` and `callTool`. Never changes anything but one order.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

/** Loads an SDK from the folder the command runs in, since it is not installed beside these files. */
export const load = createRequire(`${process.cwd()}/`);

export const ORDER = "ord_1003";

const TOOLS = ["describe", "execute", "invoke", "searchKnowledge", "searchSkills"].map((name) => `codecall:${name}`);

const REFUND = `
const { orderId } = ctx.input;
const before = await acme.getOrder({ orderId });
const refund = await acme.refundOrder({ orderId, amountCents: 100, reason: "goodwill" });
const after = await acme.getOrder({ orderId });
const { total } = await billing.listLedgerEntries({ orderId, kind: ["refund"], limit: 1 });
return { refund: refund.amountCents, change: after.refundedCents - before.refundedCents, entries: total };
`;

const UNGRANTED = `
const answer = await callTool("acme.deleteCustomer", { customerId: "cus_001" }, { throwOnError: false });
return { listed: typeof acme.deleteCustomer, called: answer.success };
`;

/** Runs the story and returns what the client saw. Throws on any surprise. */
export async function tell(client) {
  const listed = (await client.listTools()).tools.map((tool) => tool.name).sort();
  assert.deepEqual(listed, TOOLS);

  const found = await call(client, "codecall:searchSkills", { queries: ["refund a damaged order"] });
  assert.equal(found.skills[0].name, "refund-order");
  const known = await call(client, "codecall:searchKnowledge", { queries: ["returns policy"] });
  assert.ok(known.knowledge.some((skill) => skill.name === "returns-policy"));
  const described = await call(client, "codecall:describe", { skills: ["refund-order"] });
  assert.match(JSON.stringify(described), /refundOrder/);

  const skills = ["refund-order"];
  const refunded = await call(client, "codecall:execute", { script: REFUND, skills, input: { orderId: ORDER } });
  assert.equal(refunded.status, "ok", JSON.stringify(refunded));
  assert.equal(refunded.result.change, 100);
  assert.ok(refunded.result.entries >= 1);
  const ungranted = await call(client, "codecall:execute", { script: UNGRANTED, skills });
  assert.deepEqual(ungranted.result, { listed: "undefined", called: false });

  await assert.rejects(client.callTool({ name: "codecall:nothing", arguments: {} }), { code: -32602 });
  return { tools: listed, found: found.skills.map((skill) => skill.name), refunded: refunded.result };
}

async function call(client, name, args) {
  const answer = await client.callTool({ name, arguments: args });
  assert.ok(!answer.isError, JSON.stringify(answer));
  assert.ok(answer.structuredContent, `${name} answers with structured content`);
  return answer.structuredContent;
}

/** The server's URL from the command line. */
export function serverUrl() {
  const [url] = process.argv.slice(2);
  if (!url) {
    console.error("usage: node <client>.mjs http://127.0.0.1:3000/mcp");
    process.exit(2);
  }
  return new URL(url);
}
