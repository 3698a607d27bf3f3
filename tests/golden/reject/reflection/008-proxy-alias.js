// refuse: no-meta-programming 2:11
const P = Proxy;
return new P({}, {});
