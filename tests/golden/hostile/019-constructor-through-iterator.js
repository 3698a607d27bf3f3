// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
return [][Symbol.iterator]().next[key]("return 1")();
