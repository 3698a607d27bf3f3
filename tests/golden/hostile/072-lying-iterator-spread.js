// ends: runtime_error
const lie = { [Symbol.iterator]() { return { next: () => ({ done: false, value: "x".repeat(1000) }) }; } };
return [...lie].length;
