// ends: ok
// expect: "done"
let a = ["x"];
for (let i = 0; i < 14; i++) a = [a, a];
console.log(a);
return "done";
