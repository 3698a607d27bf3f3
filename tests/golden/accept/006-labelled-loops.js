// expect: {"found":{"row":1,"column":1},"visited":5}
const grid = [
  [3, 8, 1],
  [9, 4, 7],
  [2, 6, 5],
];
let found = null;
let visited = 0;
search: for (let row = 0; row < grid.length; row++) {
  for (let column = 0; column < grid[row].length; column++) {
    visited++;
    if (grid[row][column] > 9) continue search;
    if (grid[row][column] === 4) {
      found = { row, column };
      break search;
    }
  }
}
return { found, visited };
