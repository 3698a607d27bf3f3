// expect: {"find":9,"findIndex":3,"findLast":7,"some":false,"every":true,"includes":true,"splice":[5,30,90,1,7],"fill":[0,0,0],"from":[0,1,4,9],"flat":[1,2,3,4],"reduceRight":"cba","at":1,"join":"5|3|9|1|7","reversed":[7,1,9,3,5],"of":[7,8],"isArray":[true,false]}
const numbers = [5, 3, 9, 1, 7];
const copy = numbers.slice();
copy.splice(1, 2, 30, 90);
return {
  find: numbers.find((n) => n > 5),
  findIndex: numbers.findIndex((n) => n === 1),
  findLast: numbers.findLast((n) => n > 5),
  some: numbers.some((n) => n % 2 === 0),
  every: numbers.every(Number.isInteger),
  includes: numbers.includes(9),
  splice: copy,
  fill: new Array(3).fill(0),
  from: Array.from({ length: 4 }, (_, i) => i ** 2),
  flat: [1, [2, [3, [4]]]].flat(Infinity),
  reduceRight: ["a", "b", "c"].reduceRight((text, part) => text + part, ""),
  at: numbers.at(-2),
  join: numbers.join("|"),
  reversed: [...numbers].reverse(),
  of: Array.of(7, 8),
  isArray: [Array.isArray([]), Array.isArray({ length: 0 })],
};
