// ends: ok
// expect: {"a":"text"}
let key = "proto";
key += ctx ? "type" : "";
String[key].toJSON = () => "mine";
return { a: "text" };
