// refuse: syntax 2:16
for (;;) break missing;
