// refuse: unknown-global 3:11
// refuse: no-prototype-access 3:11
return [][unescape("%63onstructor")];
