// refuse: no-eval 2:11
return `${eval("1")}`;
