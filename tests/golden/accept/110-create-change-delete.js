// expect: {"total":13090,"currency":"USD","status":"cancelled","note":"never mind","gone":true}
const order = await acme.createOrder({
  customerId: "cus_004",
  items: [
    { sku: "SKU-103", name: "Desk lamp", quantity: 2, unitPriceCents: 5900 },
    { sku: "SKU-108", name: "Pencil set", quantity: 1, unitPriceCents: 1290 },
  ],
  note: "call first",
});
const changed = await acme.updateOrder({ orderId: order.id, status: "cancelled", note: "never mind" });
await acme.deleteOrder({ orderId: order.id });
const gone = await callTool("acme.getOrder", { orderId: order.id }, { throwOnError: false });
return { total: order.totalCents, currency: order.currency, status: changed.status, note: changed.note, gone: !gone.success };
