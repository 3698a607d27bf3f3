// refuse: no-prototype-access 2:8
Object.prototype.polluted = 1;
return {}.polluted;
