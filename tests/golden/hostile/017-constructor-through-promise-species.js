// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
const made = Promise.resolve(1)[key];
return made[key]("return 1")();
