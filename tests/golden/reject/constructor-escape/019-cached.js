// refuse: no-prototype-access 3:18
// refuse: no-prototype-access 4:22
const first = [].constructor;
const second = first.constructor;
return second("return 1")();
