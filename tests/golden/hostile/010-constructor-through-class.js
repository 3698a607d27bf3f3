// ends: runtime_error code cannot be made
let key = "";
for (const c of "constructor") key += c;
class A {}
return A[key]("return 1")();
