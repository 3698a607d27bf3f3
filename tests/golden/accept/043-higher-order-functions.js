// expect: ["hello-world-again",[11,12,13],8,3]
const pipe = (...steps) => (input) => steps.reduce((value, step) => step(value), input);
const curry = (fn) => (a) => (b) => fn(a, b);
const slugify = pipe(
  (text) => text.trim().toLowerCase(),
  (text) => text.replace(/[^a-z0-9]+/g, "-"),
  (text) => text.replace(/^-|-$/g, ""),
);
const add = curry((a, b) => a + b);
return [slugify("  Hello, World!  Again "), [1, 2, 3].map(add(10)), Math.max.apply(null, [4, 8]), add.call(null, 1)(2)];
