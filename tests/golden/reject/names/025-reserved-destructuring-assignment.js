// refuse: reserved-name 2:2
[mcpNotify] = [1];
