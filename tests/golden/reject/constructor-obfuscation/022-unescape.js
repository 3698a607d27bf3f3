// refuse: no-prototype-access 2:11
return [][unescape("%63onstructor")];
