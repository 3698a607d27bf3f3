// expect: ["ord_1001/ord_1004: 23150","ord_1002/ord_1005: 13480"]
async function* orders(ids) {
  for (const orderId of ids) yield acme.getOrder({ orderId });
}
async function* zip(a, b) {
  const other = b[Symbol.asyncIterator]();
  for await (const left of a) {
    const { done, value } = await other.next();
    if (done) return;
    yield [left, value];
  }
}
const pairs = [];
for await (const [a, b] of zip(orders(["ord_1001", "ord_1002", "ord_1003"]), orders(["ord_1004", "ord_1005"]))) {
  pairs.push(`${a.id}/${b.id}: ${Math.abs(a.totalCents - b.totalCents)}`);
}
return pairs;
