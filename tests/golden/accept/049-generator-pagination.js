// expect: ["1:123","2:456","3:7"]
function* pages(items, size) {
  for (let start = 0; start < items.length; start += size) {
    yield { number: start / size + 1, items: items.slice(start, start + size) };
  }
}
const summary = [];
for (const { number, items } of pages([1, 2, 3, 4, 5, 6, 7], 3)) summary.push(`${number}:${items.join("")}`);
return summary;
