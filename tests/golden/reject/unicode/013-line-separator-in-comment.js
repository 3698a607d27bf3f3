// refuse: no-invisible-characters 2:13
// harmless  eval("1")
return 1;
