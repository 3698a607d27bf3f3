// refuse: no-html-comments 3:2
let x = 1, y = 2;
x<!--/*
y; eval("1")
*/
return x;
