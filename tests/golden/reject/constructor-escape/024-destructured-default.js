// refuse: no-prototype-access 2:14
const { a: { constructor } = {} } = {};
return constructor;
