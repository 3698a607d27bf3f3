// refuse: no-debugger 2:1
debugger;
return 1;
