// expect: [1,2,3]
type Comparator<T> = (a: T, b: T) => number;
interface Sorter<T> {
  (list: T[]): T[];
}
const by = <T, K extends keyof T>(key: K): Comparator<T> => (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0);
const sorter = <T>(compare: Comparator<T>): Sorter<T> => (list) => [...list].sort(compare);
const sorted = sorter<{ n: number }>(by("n"))([{ n: 3 }, { n: 1 }, { n: 2 }]);
return sorted.map(({ n }) => n);
