// expect: {"2026-01":35,"2026-02":32,"2026-03":36,"2026-04":34,"2026-05":36,"2026-06":27}
const perMonth = {};
for (let month = 1; month <= 6; month++) {
  const pad = (n) => String(n).padStart(2, "0");
  const { total } = await acme.listOrders({
    createdFrom: `2026-${pad(month)}-01`,
    createdBefore: `2026-${pad(month + 1)}-01`,
    limit: 1,
  });
  perMonth[`2026-${pad(month)}`] = total;
}
return perMonth;
