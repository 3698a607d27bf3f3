// expect: ["Gus Archer: 664.80 GBP","Hana Archer: 1150.80 USD","Eli Brandt: 911.80 GBP","Femi Brandt: 395.20 USD","Cleo Castellan: 562.10 GBP"]
type Customer = { id: string; name: string; currency: "EUR" | "GBP" | "USD" };
type Balance = { customerId: string; balanceCents: number };
const { items } = (await acme.listCustomers({ filter: { tier: "enterprise" }, limit: 5 })) as { items: Customer[] };
const balances: Balance[] = await parallel(items, (customer: Customer) => billing.getBalance({ customerId: customer.id }), { concurrency: 2 });
const byId = new Map<string, number>(balances.map(({ customerId, balanceCents }): [string, number] => [customerId, balanceCents]));
return items.map((customer) => `${customer.name}: ${(byId.get(customer.id)! / 100).toFixed(2)} ${customer.currency}`);
