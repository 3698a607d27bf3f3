// ends: ok
// expect: "mine"
let key = "proto";
key += ctx ? "type" : "";
Array[key].at = () => "mine";
return [1].at(0);
