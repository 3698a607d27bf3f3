// refuse: no-prototype-access 2:11
return [][String.fromCharCode(99, 111, 110, 115, 116, 114, 117, 99, 116, 111, 114)];
