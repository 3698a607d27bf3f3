// expect: ["1 cm²","9 cm²","10 m²",4,9,"a",["b","c"]]
const area = ({ width = 1, height = width, unit = "cm" } = {}) => `${width * height} ${unit}²`;
let [low, high] = [9, 4];
if (low > high) [low, high] = [high, low];
const [head = "none", ...tail] = "a-b-c".split("-");
return [area(), area({ width: 3 }), area({ width: 2, height: 5, unit: "m" }), low, high, head, tail];
