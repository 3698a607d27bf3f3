// refuse: no-meta-programming 2:9
const { getPrototypeOf } = Object;
return getPrototypeOf([]);
