// refuse: no-prototype-access 2:32
return (async function* () {}).constructor("yield 1")().next();
