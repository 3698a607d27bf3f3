// refuse: no-prototype-access 2:12
return /a/.constructor("b");
