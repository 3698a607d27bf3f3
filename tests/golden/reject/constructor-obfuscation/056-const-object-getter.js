// refuse: no-prototype-access 3:11
const names = { get key() { return "constructor"; } };
return [][names.key];
