// refuse: no-look-alike-names 2:7
const 𝐞val = 1;
return 1;
