// refuse: no-prototype-access 2:11
return []["structor".padStart(11, "con")];
