// refuse: no-prototype-access 2:11
return [][(0, "constructor")];
