// ends: ok
// expect: 4294967295
const list = [];
list[4294967294] = 1;
return list.length;
