// expect: [9,0,2,1,0]
let value = 90210;
const digits = [];
do {
  digits.unshift(value % 10);
  value = Math.floor(value / 10);
} while (value > 0);
return digits;
