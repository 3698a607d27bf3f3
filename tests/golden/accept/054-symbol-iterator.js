// expect: {"all":[0,2,4,6,8],"first":0,"second":2,"max":8,"from":[0,20,40,60,80]}
class Range {
  constructor(start, end, step = 1) {
    Object.assign(this, { start, end, step });
  }
  *[Symbol.iterator]() {
    for (let value = this.start; value < this.end; value += this.step) yield value;
  }
}
const even = new Range(0, 10, 2);
const [first, second] = even;
return { all: [...even], first, second, max: Math.max(...even), from: Array.from(even, (value) => value * 10) };
