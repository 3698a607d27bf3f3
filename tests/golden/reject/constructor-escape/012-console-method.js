// refuse: no-prototype-access 2:20
return console.log.constructor("return 1")();
