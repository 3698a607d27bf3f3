// expect: {"customer":"cus_029","balance":124180,"currency":"EUR"}
const order = await callTool("acme.getOrder", { orderId: "ord_1005" });
const balance = await callTool("billing.getBalance", { customerId: order.customerId });
return { customer: order.customerId, balance: balance.balanceCents, currency: balance.currency };
