// expect: {"before":true,"after":false,"untouched":2}
const clone = (value) =>
  Array.isArray(value) ? value.map(clone) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, clone(v)])) : value;
const equal = (a, b) => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]));
};
const original = { list: [1, { x: 2 }], on: true };
const copy = clone(original);
const before = equal(original, copy);
copy.list[1].x = 3;
return { before, after: equal(original, copy), untouched: original.list[1].x };
