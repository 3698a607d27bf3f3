// expect: "abc"
const collected = [];
for await (const value of [Promise.resolve("a"), "b", Promise.resolve("c")]) collected.push(value);
return collected.join("");
