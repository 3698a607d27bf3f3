// expect: {"same":true,"refunded":500,"status":"partially_refunded"}
const ask = () =>
  acme.refundOrder({ orderId: "ord_1005", amountCents: 500, reason: "goodwill", "Idempotency-Key": "ticket-77" });
const first = await ask();
const second = await ask();
const order = await acme.getOrder({ orderId: "ord_1005" });
return { same: first.id === second.id, refunded: order.refundedCents, status: order.status };
