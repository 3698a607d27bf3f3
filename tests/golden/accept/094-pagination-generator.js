// expect: ["Cleo Archer","Gus Archer","Ada Brandt","Eli Brandt","Ivo Brandt","Cleo Castellan","Gus Castellan","Ada Duval","Eli Duval","Ivo Duval"]
async function* everyCustomer(filter) {
  let cursor = null;
  do {
    const page = await acme.listCustomers({ filter, limit: 4, ...(cursor ? { cursor } : {}) });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
const names = [];
for await (const customer of everyCustomer({ country: "GB" })) names.push(customer.name);
return names;
