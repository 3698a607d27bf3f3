// refuse: no-prototype-access 2:11
return [][decodeURIComponent("%63onstructor")];
