// refuse: no-prototype-access 2:36
return new Map([[1, 2]]).entries().constructor;
