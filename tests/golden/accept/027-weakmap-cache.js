// expect: {"sums":[18,18,1],"computed":2}
const cache = new WeakMap();
let computed = 0;
const summarize = (order) => {
  if (!cache.has(order)) {
    computed++;
    cache.set(order, order.items.reduce((sum, item) => sum + item, 0));
  }
  return cache.get(order);
};
const order = { items: [5, 6, 7] };
return { sums: [summarize(order), summarize(order), summarize({ items: [1] })], computed };
