// refuse: syntax 2:11
const s = `abc ${1};
