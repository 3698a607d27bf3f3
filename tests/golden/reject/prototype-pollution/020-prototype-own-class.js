// refuse: no-prototype-access 3:3
class A {}
A.prototype.m = () => 1;
return new A().m();
