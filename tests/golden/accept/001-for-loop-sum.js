// expect: 2418
let total = 0;
for (let i = 1; i <= 100; i++) {
  if (i % 3 === 0 || i % 5 === 0) total += i;
}
return total;
