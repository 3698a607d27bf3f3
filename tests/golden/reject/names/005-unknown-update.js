// refuse: unknown-global 2:1
counter++;
