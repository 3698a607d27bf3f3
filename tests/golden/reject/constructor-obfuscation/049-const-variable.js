// refuse: no-prototype-access 3:11
const key = "constructor";
return [][key];
