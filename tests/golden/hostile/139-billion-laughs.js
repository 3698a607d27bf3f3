// ends: runtime_error
let a = ["lol"];
for (let i = 0; i < 12; i++) a = [a, a, a, a, a, a, a, a, a, a];
return a;
