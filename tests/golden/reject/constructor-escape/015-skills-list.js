// refuse: no-prototype-access 3:15
// refuse: no-prototype-access 3:27
return skills.constructor.constructor("return 1")();
