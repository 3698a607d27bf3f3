// ends: runtime_error
const lie = { [Symbol.iterator]() { return { next: () => 1 }; } };
for (const x of lie) return x;
