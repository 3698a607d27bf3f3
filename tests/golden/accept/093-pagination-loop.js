// expect: {"pages":3,"count":20,"first":"ord_1010","last":"ord_1200"}
let cursor;
let pages = 0;
const ids = [];
do {
  const page = await acme.listOrders({ status: ["refunded"], limit: 8, ...(cursor && { cursor }) });
  ids.push(...page.items.map((order) => order.id));
  cursor = page.nextCursor;
  pages += 1;
} while (cursor);
return { pages, count: ids.length, first: ids[0], last: ids.at(-1) };
