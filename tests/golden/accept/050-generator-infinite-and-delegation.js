// expect: [1,2,3,"x",10,11]
function* naturals(from = 1) {
  while (true) yield from++;
}
function* take(count, source) {
  if (count <= 0) return;
  for (const value of source) {
    yield value;
    if (--count === 0) return;
  }
}
function* chain(...sources) {
  for (const source of sources) yield* source;
}
return [...chain(take(3, naturals()), ["x"], take(2, naturals(10)))];
