// refuse: no-prototype-access 2:13
const o = { __proto__: { admin: true } };
return o.admin;
