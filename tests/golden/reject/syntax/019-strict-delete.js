// refuse: syntax 3:8
let a = 1;
delete a;
