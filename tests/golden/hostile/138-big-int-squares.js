// ends: runtime_error
let n = 3n;
for (;;) n = n * n;
