// expect: [{"id":"ord_1002","status":"delivered","total":29670,"charged":29670},{"id":"ord_1059","status":"shipped","total":54270,"charged":54270},{"id":"ord_1116","status":"paid","total":30690,"charged":30690},{"id":"ord_1133","status":"shipped","total":450,"charged":450},{"id":"ord_1190","status":"refunded","total":3300,"charged":3300}]
const { items: orders } = await acme.listOrders({ customerId: "cus_008", limit: 100 });
const { items: entries } = await billing.listLedgerEntries({ customerId: "cus_008", limit: 100 });
const charged = new Map(entries.filter((entry) => entry.kind === "charge").map((entry) => [entry.orderId, entry.amountCents]));
return orders.map((order) => ({ id: order.id, status: order.status, total: order.totalCents, charged: charged.get(order.id) ?? 0 }));
