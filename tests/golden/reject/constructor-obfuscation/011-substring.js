// refuse: no-prototype-access 2:11
return []["a constructor".substring(2)];
