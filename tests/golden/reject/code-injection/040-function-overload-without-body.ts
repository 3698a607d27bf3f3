// refuse: no-eval 2:10
function Function(source: string): any;
return Function("return 1")();
