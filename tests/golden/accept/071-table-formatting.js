// expect: "Item      | Qty | Price\n----------+-----+------\nDesk lamp |   2 | 59.00\nPen       |  10 | 24.90"
const rows = [
  ["Item", "Qty", "Price"],
  ["Desk lamp", "2", "59.00"],
  ["Pen", "10", "24.90"],
];
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
const line = (row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(" | ");
return [line(rows[0]), widths.map((width) => "-".repeat(width)).join("-+-"), ...rows.slice(1).map(line)].join("\n");
