// expect: {"customer":"femi.duval@example.com","entries":5,"methods":"function"}
const readers = { order: acme.getOrder, customer: acme.getCustomer };
const { getBalance } = billing;
const order = await readers.order({ orderId: "ord_1006" });
const customer = await readers["customer"]({ customerId: order.customerId });
const { entries } = await getBalance({ customerId: customer.id });
return { customer: customer.email, entries, methods: typeof acme.listOrders };
