// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
return (function () {}).bind(null)[key]("return 1")();
