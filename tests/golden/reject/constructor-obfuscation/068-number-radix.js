// refuse: no-prototype-access 2:11
return [][(12).toString(13)[0] + "onstructor"];
