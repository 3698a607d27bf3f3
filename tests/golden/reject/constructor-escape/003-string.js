// refuse: no-prototype-access 2:15
return "text".constructor("x");
