// expect: [["the",3],["and",2]]
const words = "the quick fox and the lazy dog and the cat".split(" ");
const counts = new Map();
for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
return [...counts]
  .filter(([, count]) => count > 1)
  .sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
