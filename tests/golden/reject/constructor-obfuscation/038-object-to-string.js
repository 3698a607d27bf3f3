// refuse: no-prototype-access 2:11
return [][{ toString() { return "constructor"; } }];
