// expect: {"sums":{"charge":65700,"refund":0,"credit":0,"adjustment":0},"agrees":true}
// input: {"customerId":"cus_022"}
type Kind = "charge" | "refund" | "credit" | "adjustment";
interface Entry { kind: Kind; amountCents: number }
const { customerId } = ctx.input as { customerId: string };
const { items }: { items: Entry[] } = await billing.listLedgerEntries({ customerId, limit: 100 });
const sums = items.reduce<Record<Kind, number>>(
  (total, { kind, amountCents }) => ({ ...total, [kind]: total[kind] + amountCents }),
  { charge: 0, refund: 0, credit: 0, adjustment: 0 },
);
const { balanceCents } = (await billing.getBalance({ customerId })) as { balanceCents: number };
return { sums, agrees: Object.values<number>(sums).reduce((a, b) => a + b, 0) === balanceCents };
