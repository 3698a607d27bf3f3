// refuse: no-prototype-access 3:4
let Maker;
({ constructor: Maker } = {});
return Maker;
