// refuse: no-eval 2:23
return ["1", "2"].map(eval);
