// refuse: unknown-global 2:8
return structuredClone({ a: 1 });
