// refuse: syntax 2:7
const eval = 1;
