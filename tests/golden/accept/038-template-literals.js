// expect: "Items:\n  - Pen...  24.90 EUR\n  - Ink...   8.90 EUR\nTotal: 33.80 EUR"
const items = [{ name: "Pen", cents: 2490 }, { name: "Ink", cents: 890 }];
const money = (cents) => `${(cents / 100).toFixed(2)} EUR`;
return `Items:
${items.map(({ name, cents }) => `  - ${name.padEnd(6, ".")} ${money(cents).padStart(10)}`).join("\n")}
Total: ${money(items.reduce((sum, { cents }) => sum + cents, 0))}`;
