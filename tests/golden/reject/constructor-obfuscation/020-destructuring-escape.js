// refuse: no-prototype-access 2:9
const { c\u006fnstructor: C } = [];
return C;
