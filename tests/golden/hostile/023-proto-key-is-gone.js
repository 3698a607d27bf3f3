// ends: ok
// expect: "undefined"
let key = "__pro";
key += ctx ? "to__" : "";
return typeof {}[key];
