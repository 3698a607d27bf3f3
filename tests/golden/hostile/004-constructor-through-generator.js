// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
return (function* () {})[key]("yield 1")().next();
