// expect: [["ord_1001","paid",450],["ord_1010","refunded",3300],["ord_1100","refunded",23600],["ord_1200","refunded",30690]]
const ids = ["ord_1001", "ord_1010", "ord_1100", "ord_1200"];
const orders = await Promise.all(ids.map((orderId) => acme.getOrder({ orderId })));
return orders.map((order) => [order.id, order.status, order.totalCents]);
