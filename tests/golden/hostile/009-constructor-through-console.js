// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
return console.log[key]("return 1")();
