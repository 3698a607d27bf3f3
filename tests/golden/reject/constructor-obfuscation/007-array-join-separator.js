// refuse: no-prototype-access 2:11
return [][["c", "nstruct", "r"].join("o")];
