// refuse: no-prototype-access 3:11
const parts = ["con", "structor"];
return [][parts[0] + parts[1]];
