// refuse: no-prototype-access 2:26
return (function* () {}).constructor("yield 1")().next();
