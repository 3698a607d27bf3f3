// refuse: no-eval 2:23
class Lazy { static { eval("1"); } }
return Lazy;
