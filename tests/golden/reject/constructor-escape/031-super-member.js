// refuse: no-prototype-access 2:30
class A { m() { return super.constructor; } }
return new A().m();
