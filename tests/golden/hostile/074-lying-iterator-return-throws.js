// ends: runtime_error gadget
const lie = { [Symbol.iterator]() { return { next: () => ({ done: false }), return() { throw new Error("gadget"); } }; } };
for (const x of lie) break;
return 1;
