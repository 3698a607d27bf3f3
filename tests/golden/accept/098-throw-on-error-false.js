// expect: {"found":"ord_1001","lost":false,"explained":true}
const found = await callTool("acme.getOrder", { orderId: "ord_1001" }, { throwOnError: false });
const lost = await callTool("acme.getOrder", { orderId: "ord_9999" }, { throwOnError: false });
return {
  found: found.success && found.data.id,
  lost: lost.success,
  explained: typeof lost.error.message === "string" && typeof lost.error.code === "string",
};
