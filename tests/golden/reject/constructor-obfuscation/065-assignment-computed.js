// refuse: no-prototype-access 3:5
let C;
({ ["constructor"]: C } = []);
return C;
