// refuse: no-prototype-access 2:11
return []["\u0063onstructor"];
