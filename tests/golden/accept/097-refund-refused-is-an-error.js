// expect: {"isError":true,"hasMessage":true,"tool":"acme.refundOrder"}
try {
  await acme.refundOrder({ orderId: "ord_1010", reason: "late" });
  return "refunded twice";
} catch (error) {
  return { isError: error instanceof Error, hasMessage: error.message.length > 0, tool: error.toolName };
}
