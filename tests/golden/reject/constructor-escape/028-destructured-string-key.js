// refuse: no-prototype-access 2:9
const { "constructor": Maker } = {};
return Maker;
