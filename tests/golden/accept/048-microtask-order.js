// expect: ["a start","b start","sync","a end","b end"]
const order = [];
const task = async (name) => {
  order.push(`${name} start`);
  await null;
  order.push(`${name} end`);
};
const pending = [task("a"), task("b")];
order.push("sync");
await Promise.all(pending);
return order;
