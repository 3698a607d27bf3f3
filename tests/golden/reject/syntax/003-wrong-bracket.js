// refuse: syntax 2:16
const a = [1, 2);
