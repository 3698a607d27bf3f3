// refuse: syntax 2:11
if (true) continue;
