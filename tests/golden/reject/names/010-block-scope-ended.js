// refuse: unknown-global 3:8
{ let inner = 1; }
return inner;
