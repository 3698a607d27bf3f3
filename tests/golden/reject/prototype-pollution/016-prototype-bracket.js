// refuse: no-prototype-access 2:14
return Array["prototype"];
