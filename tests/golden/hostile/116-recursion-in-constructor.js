// ends: runtime_error
class A { constructor() { new A(); } }
return new A();
