// refuse: no-prototype-access 2:14
return Array.prototype.slice.call([1, 2], 1);
