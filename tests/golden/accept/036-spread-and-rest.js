// expect: {"copy":{"a":9,"b":{"c":2},"d":4},"shared":true,"max":11,"letters":["a","b","c","b","c","d"]}
const base = { a: 1, b: { c: 2 } };
const copy = { ...base, a: 9, ...null, ...{ d: 4 } };
const max = (first, ...others) => others.reduce((best, value) => (value > best ? value : best), first);
const letters = [..."abc", ...new Set("bcd")];
return { copy, shared: copy.b === base.b, max: max(...[3, 11, 7]), letters };
