// expect: {"name":"acme.refundOrder","required":["orderId","reason"],"reasons":["damaged","late","returned","goodwill","other"],"missing":true}
const tool = getTool("acme.refundOrder");
const missing = getTool("acme.launchRocket");
return {
  name: tool.name,
  required: [...tool.inputSchema.required].sort(),
  reasons: tool.inputSchema.properties.reason.enum ?? "a reference",
  missing: missing === undefined,
};
