// expect: {"name":"acme.refundOrder","required":["orderId","reason"],"reasons":["damaged","late","returned","goodwill","other"],"missing":true}
const tool = getTool("acme.refundOrder");
const missing = getTool("acme.launchRocket");
const { properties, required, $defs = {} } = tool.inputSchema;
const resolve = (schema) => (schema.$ref ? $defs[schema.$ref.split("/").at(-1)] : schema);
return {
  name: tool.name,
  required: [...required].sort(),
  reasons: resolve(properties.reason).enum,
  missing: missing === undefined,
};
