// expect: {"seen":[3,2],"all":[3,2,1,0]}
const countdown = {
  from: 3,
  [Symbol.iterator]() {
    let current = this.from;
    let closed = false;
    return {
      next: () => (closed || current < 0 ? { done: true, value: undefined } : { done: false, value: current-- }),
      return: () => {
        closed = true;
        return { done: true, value: undefined };
      },
    };
  },
};
const seen = [];
for (const value of countdown) {
  if (value === 1) break;
  seen.push(value);
}
return { seen, all: Array.from(countdown) };
