// refuse: no-invisible-characters 2:11
return "ad­min";
