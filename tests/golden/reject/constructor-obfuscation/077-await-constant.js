// refuse: no-prototype-access 2:11
return [][await "constructor"];
