// refuse: no-prototype-access 2:9
const { __proto__: base } = {};
return base;
