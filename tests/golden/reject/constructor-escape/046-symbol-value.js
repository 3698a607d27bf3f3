// refuse: no-prototype-access 2:20
return Symbol("x").constructor;
