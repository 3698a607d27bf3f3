// refuse: no-with 3:1
// refuse: unknown-global 3:21
with (ctx) { return input; }
