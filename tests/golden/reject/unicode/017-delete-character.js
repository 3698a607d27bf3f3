// refuse: no-control-characters 2:10
return "a";
