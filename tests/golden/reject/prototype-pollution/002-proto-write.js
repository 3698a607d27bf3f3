// refuse: no-prototype-access 3:3
const o = {};
o.__proto__.polluted = true;
return {}.polluted;
