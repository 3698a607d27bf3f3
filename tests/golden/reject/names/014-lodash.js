// refuse: unknown-global 2:8
return _.groupBy([1, 2], (x) => x);
