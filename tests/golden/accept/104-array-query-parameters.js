// expect: {"some":["ord_1047","ord_1107","ord_1167"],"byIds":["Ada Archer","Cleo Archer"],"deep":["cus_008","cus_016","cus_024","cus_032","cus_040"],"piped":19}
const [some, byIds, deep, piped] = await Promise.all([
  acme.listOrders({ status: ["pending", "cancelled"], minTotalCents: 50000, limit: 100 }),
  acme.listCustomers({ ids: ["cus_003", "cus_001", "cus_777"] }),
  acme.listCustomers({ filter: { tier: "enterprise", country: "US" } }),
  acme.listShipments({ carriers: ["swift", "northpost"], status: ["in_transit"], limit: 1 }),
]);
return {
  some: some.items.map((order) => order.id),
  byIds: byIds.items.map((customer) => customer.name),
  deep: deep.items.map((customer) => customer.id),
  piped: piped.total,
};
