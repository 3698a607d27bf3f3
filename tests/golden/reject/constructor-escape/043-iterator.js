// refuse: no-prototype-access 2:30
return [][Symbol.iterator]().constructor;
