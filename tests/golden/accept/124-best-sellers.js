// expect: [["Desk mat",134],["Fountain pen",110],["Label printer",94],["Whiteboard",82],["Monitor arm",78]]
const sold = {};
let cursor;
do {
  const page = await acme.listOrders({ limit: 100, ...(cursor ? { cursor } : {}) });
  page.items
    .filter(({ status }) => !["pending", "cancelled"].includes(status))
    .flatMap(({ items }) => items)
    .forEach(({ name, quantity }) => {
      sold[name] = (sold[name] || 0) + quantity;
    });
  ({ nextCursor: cursor } = page);
} while (cursor);
return Object.entries(sold)
  .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  .slice(0, 5);
