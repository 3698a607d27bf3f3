// ends: timeout
const list = [0];
let i = 0;
while (i < list.length) { list[0] = i; i = 0; }
