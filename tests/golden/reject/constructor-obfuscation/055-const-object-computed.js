// refuse: no-prototype-access 3:11
const names = { key: "constructor" };
return [][names["key"]];
