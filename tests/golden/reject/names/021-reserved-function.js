// refuse: reserved-name 2:10
function parallel() {}
return parallel();
