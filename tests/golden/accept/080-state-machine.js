// expect: [{"state":"delivered","rejected":[]},{"state":"cancelled","rejected":["ship in pending","pay in cancelled"]}]
const machine = {
  pending: { pay: "paid", cancel: "cancelled" },
  paid: { ship: "shipped", refund: "refunded" },
  shipped: { deliver: "delivered" },
};
const run = (events) =>
  events.reduce(
    ({ state, rejected }, event) => {
      const next = machine[state]?.[event];
      return next ? { state: next, rejected } : { state, rejected: [...rejected, `${event} in ${state}`] };
    },
    { state: "pending", rejected: [] },
  );
return [run(["pay", "ship", "deliver"]), run(["ship", "cancel", "pay"])];
