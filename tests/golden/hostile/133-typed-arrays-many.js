// ends: runtime_error
const all = [];
for (;;) all.push(new Float64Array(100_000));
