// refuse: no-prototype-access 2:7
Array.prototype.polluted = 1;
return [].polluted;
