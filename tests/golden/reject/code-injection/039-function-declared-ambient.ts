// refuse: no-eval 3:8
declare const Function: any;
return Function("return 1")();
