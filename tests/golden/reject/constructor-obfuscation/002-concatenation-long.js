// refuse: no-prototype-access 2:11
return []["c" + "o" + "n" + "s" + "t" + "r" + "u" + "c" + "t" + "o" + "r"];
