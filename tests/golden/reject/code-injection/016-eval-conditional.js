// refuse: no-eval 2:15
return (ctx ? eval : String)("1");
