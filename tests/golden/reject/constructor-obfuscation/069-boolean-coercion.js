// refuse: no-prototype-access 2:11
return []["" + [][(![] + "")[0] + "lat"] ? "constructor" : 0];
