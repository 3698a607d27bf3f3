// expect: {"names":["id","customerId","status","totalCents","currency"],"count":20,"totals":{"EUR":252520,"GBP":144860,"USD":81260}}
const csv = await acme.exportOrders({ status: "cancelled" });
const [header, ...lines] = csv.trim().split(/\r?\n/);
const names = header.split(",");
const rows = lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index], cell])));
const totals = rows.reduce((sums, row) => ({ ...sums, [row.currency]: (sums[row.currency] ?? 0) + Number(row.totalCents) }), {});
return { names, count: rows.length, totals: Object.fromEntries(Object.entries(totals).sort()) };
