// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
const deep = (n) => deep(n + 1) + 1;
let error;
try { deep(0); } catch (e) { error = e; }
return error[key][key]("return 1")();
