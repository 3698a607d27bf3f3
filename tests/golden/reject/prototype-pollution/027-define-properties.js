// refuse: no-meta-programming 2:15
return Object.defineProperties({}, { x: { value: 1 } });
