// refuse: no-eval 2:8
return eval.bind(null, "1")();
