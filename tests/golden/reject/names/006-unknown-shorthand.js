// refuse: unknown-global 2:10
return { missing };
