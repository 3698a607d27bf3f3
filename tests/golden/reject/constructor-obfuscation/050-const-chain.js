// refuse: no-prototype-access 3:11
const a = "con", b = "structor", key = a + b;
return [][key];
