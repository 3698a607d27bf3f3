// refuse: no-prototype-access 2:11
return [][Array.of("con", "structor").join("")];
