// refuse: no-prototype-access 3:10
const o = {};
delete o.constructor;
return o;
