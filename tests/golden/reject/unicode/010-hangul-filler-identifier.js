// refuse: no-invisible-characters 3:7
// refuse: no-invisible-characters 4:8
const ㅤ = 1;
return ㅤ;
