// refuse: no-meta-programming 2:28
return Object.create(null, { x: { get: () => 1 } });
