// expect: {"sum":1250,"byReason":2,"first":"late","ids":["ref_0021","ref_0022"]}
await acme.refundOrder({ orderId: "ord_1005", amountCents: 1000, reason: "late" });
await acme.refundOrder({ orderId: "ord_1005", amountCents: 250, reason: "goodwill" });
const [ofOrder, byReason] = await Promise.all([
  acme.listOrderRefunds({ orderId: "ord_1005" }),
  acme.listRefunds({ reason: ["late", "goodwill"] }),
]);
const first = await acme.getRefund({ refundId: ofOrder[0].id });
const sum = ofOrder.map((refund) => refund.amountCents).reduce((a, b) => a + b, 0);
return { sum, byReason: byReason.total, first: first.reason, ids: ofOrder.map(({ id }) => id) };
