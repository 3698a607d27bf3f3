// refuse: no-prototype-access 2:19
return (() => {}).constructor.call(null, "return 1");
