// ends: ok
// expect: [2]
class Mine extends Array { static get [Symbol.species]() { return Array; } }
return Mine.from([1]).map((x) => x + 1);
