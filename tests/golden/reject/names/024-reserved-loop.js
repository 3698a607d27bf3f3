// refuse: reserved-name 2:12
for (const getTool of [1]) return getTool;
