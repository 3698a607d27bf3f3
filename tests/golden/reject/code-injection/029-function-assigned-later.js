// refuse: no-eval 3:8
let make;
make = Function;
return make("return 1")();
