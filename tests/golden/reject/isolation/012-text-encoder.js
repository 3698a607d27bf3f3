// refuse: unknown-global 2:12
return new TextEncoder().encode("x");
