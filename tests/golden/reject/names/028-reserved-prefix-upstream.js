// refuse: reserved-name 2:7
const __ag_main = 1;
return __ag_main;
