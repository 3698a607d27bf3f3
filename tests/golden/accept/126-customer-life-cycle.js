// expect: {"id":"cus_041","tier":["basic","plus"],"currency":"EUR","clash":false,"left":0}
const created = await acme.createCustomer({ name: "Kim Lane", email: "kim@example.com", country: "FR" });
const changed = await acme.updateCustomer({ customerId: created.id, tier: "plus", phone: "+33 1 23" });
const clash = await callTool(
  "acme.updateCustomer",
  { customerId: created.id, email: "ada.archer@example.com" },
  { throwOnError: false },
);
await acme.deleteCustomer({ customerId: created.id });
const { items } = await acme.listCustomers({ ids: [created.id] });
return { id: created.id, tier: [created.tier, changed.tier], currency: created.currency, clash: clash.success, left: items.length };
