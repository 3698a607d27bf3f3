// expect: [{"id":"ord_1200","hasNote":false,"day":"2026-06-24"},{"id":"ord_1199","hasNote":false,"day":"2026-06-23"},{"id":"ord_1198","hasNote":false,"day":"2026-06-22"},{"id":"ord_1197","hasNote":false,"day":"2026-06-21"}]
const { items } = await acme.listOrders({ order: "desc", limit: 10 });
return items
  .filter((order) => order.note === null || order.note.includes("desk"))
  .map(({ id, note, createdAt }) => ({ id, hasNote: note !== null, day: createdAt.split("T")[0] }))
  .slice(0, 4);
