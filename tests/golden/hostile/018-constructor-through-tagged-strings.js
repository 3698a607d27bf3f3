// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
const tag = (strings) => strings[key][key]("return 1")();
return tag`x`;
