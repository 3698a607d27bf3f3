// refuse: no-meta-programming 2:8
return Proxy.revocable({}, {});
