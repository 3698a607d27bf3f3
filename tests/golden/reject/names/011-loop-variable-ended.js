// refuse: unknown-global 3:8
for (let i = 0; i < 3; i++) {}
return i;
