// refuse: unknown-global 2:15
return typeof undeclared;
