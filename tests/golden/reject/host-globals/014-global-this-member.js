// refuse: no-global-object 2:8
return globalThis.eval("1");
