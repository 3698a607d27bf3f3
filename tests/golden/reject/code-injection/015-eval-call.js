// refuse: no-eval 2:8
return eval.call(null, "1");
