// refuse: no-with 4:1
// refuse: unknown-global 4:12
const o = { x: 1 };
with (o) { x = 2; }
return o;
