// refuse: no-prototype-access 4:3
// refuse: no-prototype-access 4:15
const o = {};
o.constructor.prototype.polluted = true;
return {}.polluted;
