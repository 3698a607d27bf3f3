// refuse: no-meta-programming 2:12
return new Proxy({}, {});
