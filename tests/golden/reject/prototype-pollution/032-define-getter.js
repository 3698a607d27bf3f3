// refuse: no-prototype-access 3:3
const o = {};
o.__defineGetter__("x", () => 1);
return o.x;
