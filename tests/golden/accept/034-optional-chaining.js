// expect: [{"email":"a@example.com","greeting":null,"first":"no items"},{"email":"none","greeting":null,"first":"no items"},{"email":"none","greeting":"hello","first":"no items"}]
const orders = [
  { id: 1, customer: { contact: { email: "a@example.com" } } },
  { id: 2, customer: null },
  { id: 3, customer: { contact: {}, greet: () => "hello" } },
];
return orders.map((order) => ({
  email: order.customer?.contact?.email ?? "none",
  greeting: order.customer?.greet?.() ?? null,
  first: order.items?.[0]?.name ?? "no items",
}));
