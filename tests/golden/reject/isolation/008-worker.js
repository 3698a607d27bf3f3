// refuse: no-realms 2:12
return new Worker("x.js");
