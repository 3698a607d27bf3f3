// refuse: no-prototype-access 3:10
const key = "constructor";
const { [key]: C } = [];
return C;
