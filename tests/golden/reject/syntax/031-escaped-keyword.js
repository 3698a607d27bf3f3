// refuse: syntax 2:1
i\u0066 (true) return 1;
