// ends: ok
// expect: 1
let key = "proto";
key += ctx ? "type" : "";
Promise[key].then = function () { return 1; };
return 1;
