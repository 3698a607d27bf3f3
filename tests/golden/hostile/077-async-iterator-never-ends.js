// ends: timeout
const endless = { [Symbol.asyncIterator]() { return { next: async () => ({ done: false }) }; } };
for await (const x of endless) {}
