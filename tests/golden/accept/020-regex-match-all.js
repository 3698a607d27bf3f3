// expect: {"ord_1001":"shipped","ord_1002":"paid","ord_1009":"refunded"}
const text = "ord_1001 shipped, ord_1002 paid; ord_1009 refunded.";
const orders = {};
for (const { groups } of text.matchAll(/(?<id>ord_\d+) (?<status>\w+)/g)) {
  orders[groups.id] = groups.status;
}
return orders;
