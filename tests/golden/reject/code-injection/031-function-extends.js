// refuse: no-eval 2:21
class Maker extends Function {}
return new Maker("return 1")();
