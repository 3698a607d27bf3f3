// refuse: no-prototype-access 2:11
return [][(function () { return "constructor"; })()];
