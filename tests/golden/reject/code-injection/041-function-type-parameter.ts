// refuse: no-eval 2:35
class Box<Function> { make: any = Function; }
return new Box().make("return 1");
