// refuse: no-prototype-access 2:19
return (() => {}).constructor("return 1")();
