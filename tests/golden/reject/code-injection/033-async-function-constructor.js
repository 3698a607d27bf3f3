// refuse: no-prototype-access 2:25
return (async () => {}).constructor("return 1")();
