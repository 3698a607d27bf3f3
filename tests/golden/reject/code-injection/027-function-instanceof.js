// refuse: no-eval 2:29
return (() => 1) instanceof Function;
