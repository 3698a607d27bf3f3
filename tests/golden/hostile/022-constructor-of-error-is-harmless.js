// ends: ok
// expect: "TypeError"
let key = "";
for (const c of "constructor") key += c;
try { null.x; } catch (e) { return e[key].name; }
