// ends: ok
// expect: 7
return { then(resolve) { resolve(7); } };
