// ends: ok
// expect: 1
return { then(resolve, reject) { resolve(1); resolve(2); reject(new Error("x")); } };
