// refuse: no-prototype-access 3:3
const o = {};
o.constructor = null;
return o;
