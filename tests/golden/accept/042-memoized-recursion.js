// expect: [6,184756,100]
const memo = new Map();
function paths(rows, columns) {
  if (rows === 0 || columns === 0) return 1;
  const key = `${rows},${columns}`;
  if (memo.has(key)) return memo.get(key);
  const result = paths(rows - 1, columns) + paths(rows, columns - 1);
  memo.set(key, result);
  return result;
}
return [paths(2, 2), paths(10, 10), memo.size];
