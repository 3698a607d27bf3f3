// expect: "Dear Ada, your order ord_1001 of 4.50 EUR is on its way. <missing?>"
const template = "Dear {{name}}, your order {{order}} of {{amount}} is on its way. {{missing}}";
const values = { name: "Ada", order: "ord_1001", amount: "4.50 EUR" };
return template.replace(/\{\{(\w+)\}\}/g, (whole, key) => values[key] ?? `<${key}?>`);
