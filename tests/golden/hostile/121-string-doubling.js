// ends: runtime_error
let s = "xxxxxxxxxxxxxxxx";
for (;;) s += s;
