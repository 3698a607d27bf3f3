// refuse: no-invisible-characters 2:13
return "pass​word";
