// refuse: no-prototype-access 2:11
return []["abc"[2] + "onstructor"];
