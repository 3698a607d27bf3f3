// refuse: no-meta-programming 2:15
return Object["getProto" + "typeOf"]([]);
