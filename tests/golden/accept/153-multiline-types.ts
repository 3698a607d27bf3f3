// expect: ["1xa, 2xb","1XA+2XB",null]
type Order = {
  id: string;
  items: {
    sku: string;
    quantity: number;
  }[];
  note:
    | string
    | null;
};
function summarize(
  order: Order,
  {
    separator = ", ",
    upper = false,
  }: {
    separator?: string;
    upper?: boolean;
  } = {},
): string {
  const text = order.items.map(({ sku, quantity }) => `${quantity}x${sku}`).join(separator);
  return upper ? text.toUpperCase() : text;
}
const order: Order = { id: "o", items: [{ sku: "a", quantity: 1 }, { sku: "b", quantity: 2 }], note: null };
return [summarize(order), summarize(order, { upper: true, separator: "+" }), order.note];
