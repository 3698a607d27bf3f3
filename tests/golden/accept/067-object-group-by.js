// expect: {"paid":["a","c"],"shipped":["b"]}
const orders = [
  { id: "a", status: "paid" },
  { id: "b", status: "shipped" },
  { id: "c", status: "paid" },
];
const groups = Object.groupBy(orders, (order) => order.status);
return Object.fromEntries(Object.entries(groups).map(([status, list]) => [status, list.map((order) => order.id)]));
