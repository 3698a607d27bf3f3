// refuse: no-html-comments 3:3
let x = 1;
x <!--x;
return x;
