// refuse: no-prototype-access 2:11
return []["constructor".repeat(2).slice(0, 11)];
