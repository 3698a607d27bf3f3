// refuse: no-prototype-access 3:3
const o = {};
o.__defineSetter__("x", (v) => v);
return o;
