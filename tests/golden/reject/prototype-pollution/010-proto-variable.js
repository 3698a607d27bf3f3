// refuse: no-prototype-access 2:7
const __proto__ = 1;
return __proto__;
