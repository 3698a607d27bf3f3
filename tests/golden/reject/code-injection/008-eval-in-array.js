// refuse: no-eval 2:9
return [eval][0]("1");
