// refuse: no-prototype-access 2:16
const { map: { constructor: Maker } } = [];
return Maker;
