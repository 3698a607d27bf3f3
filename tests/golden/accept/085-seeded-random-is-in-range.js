// expect: {"inRange":true,"varied":true}
const draws = Array.from({ length: 200 }, () => Math.random());
return { inRange: draws.every((x) => x >= 0 && x < 1), varied: new Set(draws).size > 190 };
