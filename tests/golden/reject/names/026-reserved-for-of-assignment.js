// refuse: reserved-name 2:6
for (ctx of [1]) break;
