// refuse: unknown-global 2:8
return undeclared + 1;
