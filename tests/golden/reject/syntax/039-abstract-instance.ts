// refuse: syntax 3:15
class A { abstract m(): void; }
return new A( : number);
