// expect: ["shipped","missing","pending"]
const outcomes = await Promise.allSettled(
  ["ord_1003", "ord_9000", "ord_1004"].map((orderId) => acme.getOrder({ orderId })),
);
return outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.status : "missing"));
