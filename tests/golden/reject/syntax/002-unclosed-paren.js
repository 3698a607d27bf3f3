// refuse: syntax 2:21
return Math.max(1, 2;
