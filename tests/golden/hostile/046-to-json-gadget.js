// ends: ok
// expect: {"a":"replaced"}
return { a: { toJSON() { return "replaced"; } } };
