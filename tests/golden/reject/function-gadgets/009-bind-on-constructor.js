// refuse: no-prototype-access 2:19
return (() => {}).constructor.bind(null, "return 1")();
