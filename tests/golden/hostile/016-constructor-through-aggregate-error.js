// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
const error = await Promise.any([Promise.reject(1)]).catch((e) => e);
return error[key][key]("return 1")();
