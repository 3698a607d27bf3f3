// refuse: syntax 2:29
class A { m() { return this.#x; } }
return new A();
