// refuse: no-look-alike-names 2:11
class A { #kеy = 1; }
return new A();
