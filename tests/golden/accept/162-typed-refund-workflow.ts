// expect: {"decided":{"ord_1002":"refund","ord_1003":"escalate","ord_1004":"refuse"},"status":"refunded"}
enum Decision {
  Refund = "refund",
  Escalate = "escalate",
  Refuse = "refuse",
}
interface Order { id: string; status: string; totalCents: number; refundedCents: number }
class Policy {
  constructor(private readonly limit: number) {}
  decide(order: Order): Decision {
    const left: number = order.totalCents - order.refundedCents;
    if (["pending", "cancelled", "refunded"].includes(order.status)) return Decision.Refuse;
    return left <= this.limit ? Decision.Refund : Decision.Escalate;
  }
}
const policy = new Policy(30_000);
const decided: Record<string, Decision> = {};
for (const orderId of ["ord_1002", "ord_1003", "ord_1004"] as const) {
  const order = (await acme.getOrder({ orderId })) as Order;
  decided[orderId] = policy.decide(order);
  if (decided[orderId] === Decision.Refund) await acme.refundOrder({ orderId, reason: "returned" });
}
const { status } = (await acme.getOrder({ orderId: "ord_1002" })) as Order;
return { decided, status };
