// ends: ok
// expect: true
let key = "";
for (const c of "constructor") key += c;
return [][key] === Array;
