// ends: ok
// expect: 1
Promise.reject(new Error("nobody listens"));
return 1;
