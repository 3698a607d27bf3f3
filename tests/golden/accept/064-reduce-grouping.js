// expect: {"north":{"total":950,"products":{"pen":450,"ink":500}},"south":{"total":200,"products":{"pen":200}}}
const sales = [
  { region: "north", product: "pen", cents: 300 },
  { region: "south", product: "pen", cents: 200 },
  { region: "north", product: "ink", cents: 500 },
  { region: "north", product: "pen", cents: 150 },
];
return sales.reduce((report, { region, product, cents }) => {
  report[region] ??= { total: 0, products: {} };
  report[region].total += cents;
  report[region].products[product] = (report[region].products[product] ?? 0) + cents;
  return report;
}, {});
