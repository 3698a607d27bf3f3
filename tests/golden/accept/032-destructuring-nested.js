// expect: {"name":"Ada","city":"Berlin","zip":"unknown","first":{"id":1},"rest":[{"id":3}],"page":1,"perPage":20,"others":{}}
const response = {
  data: { customer: { name: "Ada", address: { city: "Berlin", zip: undefined } }, orders: [{ id: 1 }, { id: 2 }, { id: 3 }] },
  meta: { page: 1 },
};
const {
  data: {
    customer: { name, address: { city, zip = "unknown" } },
    orders: [first, , ...rest],
  },
  meta: { page, perPage = 20, ...others },
} = response;
return { name, city, zip, first, rest, page, perPage, others };
