// expect: {"means":[10,15,30],"end":{"value":{"mean":30,"count":3},"done":true}}
function* average() {
  let total = 0;
  let count = 0;
  let mean = 0;
  while (true) {
    const value = yield mean;
    if (value === null) return { mean, count };
    total += value;
    mean = total / ++count;
  }
}
const running = average();
running.next();
const means = [10, 20, 60].map((value) => running.next(value).value);
const end = running.next(null);
return { means, end };
