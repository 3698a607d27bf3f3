// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
return "x".replace(/x/, (m) => m[key][key]("return 1")());
