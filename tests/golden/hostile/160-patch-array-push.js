// ends: ok
// expect: [1]
let key = "proto";
key += ctx ? "type" : "";
Array[key].push = () => { throw new Error("stolen"); };
return parallel([1], (x) => x);
