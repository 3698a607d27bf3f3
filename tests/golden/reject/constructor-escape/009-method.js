// refuse: no-prototype-access 2:15
return [].map.constructor("return 1")();
