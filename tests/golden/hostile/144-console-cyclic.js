// ends: ok
// expect: "done"
const a = {};
a.self = a;
console.log(a);
return "done";
