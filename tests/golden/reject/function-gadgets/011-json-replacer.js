// refuse: no-prototype-access 2:45
return JSON.stringify({ a: 1 }, (k, v) => v.constructor);
