// refuse: no-eval 2:22
class Lazy { value = eval("1"); }
return new Lazy().value;
