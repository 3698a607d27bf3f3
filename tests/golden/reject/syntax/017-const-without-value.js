// refuse: syntax 2:7
const a;
