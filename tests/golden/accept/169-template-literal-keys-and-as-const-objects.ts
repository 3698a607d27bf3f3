// expect: ["order.paid:ord_1","unhandled"]
const Events = {
  Paid: "order.paid",
  Shipped: "order.shipped",
} as const;
type EventName = (typeof Events)[keyof typeof Events];
type Handler<E extends EventName> = (event: E, payload: { id: string }) => string;
const handlers: { [E in EventName]?: Handler<E> } = {
  [Events.Paid]: (event, { id }) => `${event}:${id}`,
};
const dispatch = (event: EventName, id: string): string => (handlers[event] as Handler<EventName> | undefined)?.(event, { id }) ?? "unhandled";
return [dispatch(Events.Paid, "ord_1"), dispatch(Events.Shipped, "ord_2")];
