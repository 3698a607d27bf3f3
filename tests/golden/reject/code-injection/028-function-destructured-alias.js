// refuse: no-eval 2:17
const [make] = [Function];
return make("return 1")();
