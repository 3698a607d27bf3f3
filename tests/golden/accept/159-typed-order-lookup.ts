// expect: [{"id":"ord_1002","status":"delivered","pieces":5},{"id":"ord_1003","status":"shipped","pieces":8}]
interface Order {
  id: string;
  status: string;
  totalCents: number;
  items: Array<{ name: string; quantity: number }>;
}
const ids: readonly string[] = ["ord_1002", "ord_1003"];
const orders: Order[] = await Promise.all(ids.map((orderId): Promise<Order> => acme.getOrder({ orderId }) as Promise<Order>));
return orders.map(({ id, status, items }: Order) => ({ id, status, pieces: items.reduce((n, item) => n + item.quantity, 0) }));
