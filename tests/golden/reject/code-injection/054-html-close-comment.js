// refuse: no-html-comments 3:1
let x = 3;
--> x;
return x;
