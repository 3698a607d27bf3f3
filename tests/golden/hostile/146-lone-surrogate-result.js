// ends: ok
// expect: 1
return "\ud800".length;
