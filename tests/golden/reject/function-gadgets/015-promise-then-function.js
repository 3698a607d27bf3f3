// refuse: no-eval 2:41
return Promise.resolve("return 1").then(Function);
