// refuse: no-eval 2:25
return ["return 1"].map(Function).map((f) => f());
