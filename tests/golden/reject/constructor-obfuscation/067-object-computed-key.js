// refuse: no-prototype-access 2:14
const o = { ["__pro" + "to__"]: null };
return o;
