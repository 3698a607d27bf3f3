// ends: timeout
const part = ["(", "a", "+", ")", "+"].join("");
return new RegExp(`^${part}$`).test("a".repeat(40) + "!");
