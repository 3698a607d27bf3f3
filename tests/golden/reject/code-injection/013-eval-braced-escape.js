// refuse: no-eval 2:8
return \u{65}val("1 + 1");
