// ends: runtime_error
const all = [];
for (let i = 0; ; i++) { const block = `${i}`.repeat(100); all.push(() => block); }
