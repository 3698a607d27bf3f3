// ends: ok
// expect: 1
Promise.all = () => { throw new Error("stolen"); };
return 1;
