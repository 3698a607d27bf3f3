// refuse: unknown-global 2:8
return helper(1);
