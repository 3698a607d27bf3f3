// refuse: no-prototype-access 2:11
return [][Array.from("rotcurtsnoc").reverse().join("")];
