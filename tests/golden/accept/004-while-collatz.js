// expect: {"steps":111,"peak":9232}
let n = 27;
let steps = 0;
let peak = n;
while (n !== 1) {
  n = n % 2 === 0 ? n / 2 : 3 * n + 1;
  peak = Math.max(peak, n);
  steps++;
}
return { steps, peak };
