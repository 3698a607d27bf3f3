// expect: {"first":"fast","any":"fast","all":{"name":"AggregateError","messages":["a","b"]}}
const fast = Promise.resolve("fast");
const never = new Promise(() => {});
const first = await Promise.race([never, fast]);
const any = await Promise.any([Promise.reject(new Error("a")), fast]);
let all;
try {
  await Promise.any([Promise.reject(new Error("a")), Promise.reject(new Error("b"))]);
} catch (error) {
  all = { name: error.name, messages: error.errors.map((inner) => inner.message) };
}
return { first, any, all };
