// expect: [{"name":"Hana Duval","euros":1415.1},{"name":"Juno Castellan","euros":1406.2},{"name":"Ada Castellan","euros":1348.3}]
const totals = new Map();
let cursor;
while (true) {
  const page = await acme.listOrders({ status: ["paid", "shipped", "delivered"], limit: 100, ...(cursor ? { cursor } : {}) });
  for (const { customerId, currency, totalCents } of page.items) {
    if (currency !== "EUR") continue;
    totals.set(customerId, (totals.get(customerId) ?? 0) + totalCents);
  }
  if (!page.nextCursor) break;
  cursor = page.nextCursor;
}
const top = [...totals].sort(([, a], [, b]) => b - a).slice(0, 3);
const { items } = await acme.listCustomers({ ids: top.map(([id]) => id) });
return top.map(([id, cents]) => ({ name: items.find((customer) => customer.id === id).name, euros: cents / 100 }));
