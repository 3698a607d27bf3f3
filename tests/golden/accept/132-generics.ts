// expect: {"groups":[[3,["one","two"]],[5,["three"]]],"identity":true}
function groupBy<T, K extends string | number>(list: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
const identity = <T,>(value: T): T => value;
const byLength = groupBy<string, number>(["one", "two", "three"], (word) => word.length);
return { groups: [...byLength], identity: identity<number>(5) < 6 };
