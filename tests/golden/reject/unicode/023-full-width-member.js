// refuse: no-look-alike-names 2:11
return [].ｃonstructor;
