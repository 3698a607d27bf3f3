// expect: {"change":-750,"memo":"Late delivery","currency":"USD"}
const balanceOf = async (customerId) => (await billing.getBalance({ customerId })).balanceCents;
const before = await balanceOf("cus_012");
const entry = await billing.createLedgerEntry({ customerId: "cus_012", kind: "credit", amountCents: -750, memo: "Late delivery" });
const after = await balanceOf("cus_012");
const again = await billing.getLedgerEntry({ entryId: entry.id });
return { change: after - before, memo: again.memo, currency: again.currency };
