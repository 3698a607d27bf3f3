// refuse: no-prototype-access 2:12
class A { ["constructor"]() { return 1; } }
return new A();
