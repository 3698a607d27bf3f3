// expect: [2,15,[0,10,20]]
const makeCounter = (start = 0, step = 1) => {
  let value = start;
  return { next: () => (value += step), reset: () => (value = start), peek: () => value };
};
const a = makeCounter();
const b = makeCounter(10, 5);
a.next();
a.next();
b.next();
const handlers = [];
for (let i = 0; i < 3; i++) handlers.push(() => i * 10);
b.reset();
return [a.peek(), b.next(), handlers.map((handler) => handler())];
