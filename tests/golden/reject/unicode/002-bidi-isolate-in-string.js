// refuse: no-bidi-characters 2:19
const role = "user⁦";
return role;
