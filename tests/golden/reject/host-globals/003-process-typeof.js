// refuse: no-host-access 2:15
return typeof process === "undefined" ? 0 : 1;
