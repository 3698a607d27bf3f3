// expect: [["a",1],["b",2]]
function* zip<A, B>(a: Iterable<A>, b: Iterable<B>): Generator<[A, B], number, void> {
  const other = b[Symbol.iterator]();
  let count = 0;
  for (const left of a) {
    const right: IteratorResult<B> = other.next();
    if (right.done) break;
    count++;
    yield [left, right.value];
  }
  return count;
}
const pairs: [string, number][] = [...zip("abc", [1, 2])];
return pairs;
