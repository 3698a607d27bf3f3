// refuse: no-prototype-access 2:14
const { a: { __proto__: base } } = { a: {} };
return base;
