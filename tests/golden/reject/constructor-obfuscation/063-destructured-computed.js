// refuse: no-prototype-access 2:10
const { ["con" + "structor"]: C } = [];
return C;
