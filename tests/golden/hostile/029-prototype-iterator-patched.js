// ends: ok
// expect: [1,2]
let key = "proto";
key += ctx ? "type" : "";
Array[key][Symbol.iterator] = function* () { yield "stolen"; };
return [1, 2];
