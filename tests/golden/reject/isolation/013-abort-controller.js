// refuse: unknown-global 2:12
return new AbortController();
