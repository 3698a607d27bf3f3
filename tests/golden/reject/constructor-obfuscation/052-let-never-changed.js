// refuse: no-prototype-access 3:11
let key = "constructor";
return [][key];
