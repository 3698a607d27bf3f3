// refuse: no-meta-programming 2:8
return Reflect.get({}, "x");
