// refuse: no-eval 3:1
// refuse: no-eval 4:1
eval("1");
eval("2");
