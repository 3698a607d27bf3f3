// refuse: syntax 4:1
const f = () => {
  return 1;
