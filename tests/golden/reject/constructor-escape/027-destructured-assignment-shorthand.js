// refuse: no-prototype-access 3:4
let constructor;
({ constructor } = {});
return constructor;
