// ends: timeout
const lie = { [Symbol.iterator]() { return { next: () => ({ done: false, value: 1 }) }; } };
for (const x of lie) {}
