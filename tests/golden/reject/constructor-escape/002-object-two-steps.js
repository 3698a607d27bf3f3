// refuse: no-prototype-access 3:11
// refuse: no-prototype-access 3:23
return {}.constructor.constructor("return 1")();
