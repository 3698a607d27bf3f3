// expect: {"id":"ord_1002","status":"delivered","total":29670,"lines":["Monitor arm","Pencil set"]}
const order = await acme.getOrder({ orderId: "ord_1002" });
return { id: order.id, status: order.status, total: order.totalCents, lines: order.items.map((item) => item.name) };
