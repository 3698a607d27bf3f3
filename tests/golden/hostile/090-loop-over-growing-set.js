// ends: timeout
const set = new Set([0]);
for (const x of set) { set.delete(x); set.add(x); }
