// refuse: syntax 2:22
const f = (a: number => a;
