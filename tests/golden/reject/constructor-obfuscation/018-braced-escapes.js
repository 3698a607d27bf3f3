// refuse: no-prototype-access 2:11
return []["\u{63}onstructor"];
