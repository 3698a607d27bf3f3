// refuse: no-invisible-characters 2:9
const to​tal = 1;
return total;
