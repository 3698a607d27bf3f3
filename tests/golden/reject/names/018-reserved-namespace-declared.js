// refuse: reserved-name 2:7
const acme = {};
return acme;
