// expect: {"sale":["ord_1008","ord_1033","ord_1058"],"gifts":20,"nothing":0}
const sale = await acme.listOrdersByLabel({ label: "50% off/été", limit: 3 });
const gifts = await acme.listOrdersByLabel({ label: "gift wrap", limit: 1 });
const nothing = await acme.listOrdersByLabel({ label: "../orders?x=1#y" });
return { sale: sale.items.map((order) => order.id), gifts: gifts.total, nothing: nothing.total };
