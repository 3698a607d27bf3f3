// refuse: no-prototype-access 2:11
return []["__constructor__".substr(2, 11)];
