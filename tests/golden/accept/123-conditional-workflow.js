// expect: {"ord_1001":"refunded 450","ord_1002":"ask a supervisor","ord_1004":"skip: pending","ord_1010":"skip: refunded"}
// input: {"orders":["ord_1001","ord_1002","ord_1004","ord_1010"],"limitCents":1000}
const decisions = [];
for (const orderId of ctx.input.orders) {
  const order = await acme.getOrder({ orderId });
  const left = order.totalCents - order.refundedCents;
  let decision;
  if (["pending", "cancelled", "refunded"].includes(order.status)) decision = `skip: ${order.status}`;
  else if (left > ctx.input.limitCents) decision = "ask a supervisor";
  else {
    const refund = await acme.refundOrder({ orderId, reason: "goodwill" });
    decision = `refunded ${refund.amountCents}`;
  }
  decisions.push([orderId, decision]);
}
return Object.fromEntries(decisions);
