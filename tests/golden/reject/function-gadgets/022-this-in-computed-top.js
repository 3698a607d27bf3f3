// refuse: no-global-object 2:11
return { [this]: 1 };
