// refuse: no-prototype-access 2:11
return [][{ [Symbol.toPrimitive]() { return "constructor"; } }];
