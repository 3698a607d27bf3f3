// refuse: no-prototype-access 2:11
class A { "__proto__" = 1; }
return new A();
