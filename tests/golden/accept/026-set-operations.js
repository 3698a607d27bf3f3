// expect: {"intersection":[3,4],"difference":[1,2],"union":5,"left":[2,3,4]}
const a = new Set([1, 2, 3, 4]);
const b = new Set([3, 4, 5]);
const intersection = new Set([...a].filter((value) => b.has(value)));
const difference = [...a].filter((value) => !b.has(value));
const union = new Set([...a, ...b]);
a.delete(1);
return { intersection: [...intersection], difference, union: union.size, left: Array.from(a) };
