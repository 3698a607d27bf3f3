// refuse: no-prototype-access 2:19
return (() => {}).constructor.apply(null, ["return 1"]);
