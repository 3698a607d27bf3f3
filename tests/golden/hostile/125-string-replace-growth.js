// ends: runtime_error
let s = "aaaaaaaaaaaaaaaa";
for (;;) s = s.replace(/a/g, "aaaaaaaa");
