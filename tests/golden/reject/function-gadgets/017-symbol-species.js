// refuse: no-eval 2:67
class Mine extends Array { static get [Symbol.species]() { return Function; } }
return Mine.from([1]).map((x) => x);
