// refuse: no-meta-programming 2:8
return Reflect.construct(Array, [1]);
