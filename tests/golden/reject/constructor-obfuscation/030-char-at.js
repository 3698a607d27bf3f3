// refuse: no-prototype-access 2:11
return []["abc".charAt(2) + "onstructor"];
