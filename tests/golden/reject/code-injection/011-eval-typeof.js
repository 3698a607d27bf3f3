// refuse: no-eval 2:15
return typeof eval;
