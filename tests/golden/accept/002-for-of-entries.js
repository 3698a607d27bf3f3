// expect: ["apples: 3","plums: 12"]
const stock = { apples: 3, pears: 0, plums: 12 };
const lines = [];
for (const [fruit, count] of Object.entries(stock)) {
  if (!count) continue;
  lines.push(`${fruit}: ${count}`);
}
return lines;
