// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
const first = {}[key];
return first[key]("return 1")();
