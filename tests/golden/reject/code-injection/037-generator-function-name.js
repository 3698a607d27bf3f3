// refuse: no-eval 2:8
return GeneratorFunction("yield 1");
