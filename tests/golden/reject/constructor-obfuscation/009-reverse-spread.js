// refuse: no-prototype-access 2:11
return [][[..."rotcurtsnoc"].reverse().join("")];
