// refuse: no-eval 2:33
return Array.from(["return 1"], Function);
