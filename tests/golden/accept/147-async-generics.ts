// expect: ["0:9","1:16"]
async function mapAsync<T, R>(items: Iterable<T>, fn: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let index = 0;
  for (const item of items) results.push(await fn(item, index++));
  return results;
}
const squares = await mapAsync<number, string>(new Set([3, 4]), async (value, index) => `${index}:${value * value}`);
return squares satisfies string[];
