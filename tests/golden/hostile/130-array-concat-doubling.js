// ends: runtime_error
let list = [1, 2, 3, 4];
for (;;) list = list.concat(list);
