// refuse: no-prototype-access 4:14
// refuse: no-prototype-access 4:26
const order = await acme.getOrder({ id: "1" });
return order.constructor.constructor("return process")();
