// refuse: no-prototype-access 2:19
class A { static ["__proto__"] = null; }
return A;
