// refuse: no-prototype-access 2:36
function A() { this.c = new.target.constructor; }
return new A().c;
