// ends: runtime_error
const own = "cal" + (ctx ? "ler" : "");
const f = function () { return f[own]; };
return f();
