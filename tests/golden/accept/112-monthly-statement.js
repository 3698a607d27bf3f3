// expect: {"title":"Ada Archer, 2026-02","lines":["2026-02-01 Goodwill -5.00 EUR","2026-02-20 ord_1058 33.00 EUR"],"closing":"32.50 EUR","addsUp":true}
// input: {"customerId":"cus_001","month":"2026-02"}
const { customerId, month } = ctx.input;
const [customer, statement] = await Promise.all([
  acme.getCustomer({ customerId }),
  billing.getStatement({ customerId, month }),
]);
const money = (cents) => `${(cents / 100).toFixed(2)} ${statement.currency}`;
const sum = statement.openingCents + statement.entries.reduce((total, entry) => total + entry.amountCents, 0);
return {
  title: `${customer.name}, ${month}`,
  lines: statement.entries.map((entry) => `${entry.createdAt.slice(0, 10)} ${entry.memo ?? entry.orderId} ${money(entry.amountCents)}`),
  closing: money(statement.closingCents),
  addsUp: sum === statement.closingCents,
};
