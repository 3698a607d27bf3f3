// refuse: no-look-alike-names 3:7
// refuse: no-look-alike-names 4:8
const сору = 1;
return сору;
