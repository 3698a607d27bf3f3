// refuse: syntax 2:1
eval = 1;
