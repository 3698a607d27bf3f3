// refuse: no-control-characters 2:4
// [2J
return 1;
