// expect: {"sorted":["a","b","c"],"original":["b","c","a"],"reversed":[3,2,1],"changed":[1,20,3],"spliced":[1,4]}
const tasks = [{ p: 2, n: "b" }, { p: 1, n: "c" }, { p: 2, n: "a" }];
const sorted = tasks.toSorted((x, y) => y.p - x.p || x.n.localeCompare(y.n));
return {
  sorted: sorted.map((task) => task.n),
  original: tasks.map((task) => task.n),
  reversed: [1, 2, 3].toReversed(),
  changed: [1, 2, 3].with(1, 20),
  spliced: [1, 2, 3, 4].toSpliced(1, 2),
};
