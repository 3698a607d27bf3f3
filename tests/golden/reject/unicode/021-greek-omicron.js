// refuse: no-look-alike-names 2:7
const tοtal = 1;
return 1;
