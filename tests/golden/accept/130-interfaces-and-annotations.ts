// expect: {"total":300,"skus":["a","b"]}
interface Item {
  sku: string;
  quantity: number;
  unitPriceCents?: number;
}
const items: Item[] = [
  { sku: "a", quantity: 2, unitPriceCents: 150 },
  { sku: "b", quantity: 1 },
];
const total: number = items.reduce((sum: number, item: Item): number => sum + item.quantity * (item.unitPriceCents ?? 0), 0);
return { total, skus: items.map((item) => item.sku) };
