// refuse: no-meta-programming 2:8
return Reflect.ownKeys({ a: 1 });
