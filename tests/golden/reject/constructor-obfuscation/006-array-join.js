// refuse: no-prototype-access 2:11
return [][["con", "structor"].join("")];
