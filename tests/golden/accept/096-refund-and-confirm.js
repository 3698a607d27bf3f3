// expect: {"refund":29670,"status":["delivered","refunded"],"ledger":[{"kind":"refund","amountCents":-29670,"memo":"damaged"}]}
// input: {"orderId":"ord_1002","reason":"damaged"}
const { orderId, reason } = ctx.input;
const before = await acme.getOrder({ orderId });
if (before.status === "refunded") return { refunded: false };
const refund = await acme.refundOrder({ orderId, reason });
const after = await acme.getOrder({ orderId });
const ledger = await billing.listLedgerEntries({ orderId, kind: ["refund"] });
return {
  refund: refund.amountCents,
  status: [before.status, after.status],
  ledger: ledger.items.map(({ kind, amountCents, memo }) => ({ kind, amountCents, memo })),
};
