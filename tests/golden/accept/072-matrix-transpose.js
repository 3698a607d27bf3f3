// expect: {"transposed":[[1,4],[2,5],[3,6]],"product":[[14,32],[32,77]]}
const matrix = [[1, 2, 3], [4, 5, 6]];
const transpose = (m) => m[0].map((_, column) => m.map((row) => row[column]));
const multiply = (a, b) => a.map((row) => transpose(b).map((column) => row.reduce((sum, value, i) => sum + value * column[i], 0)));
return { transposed: transpose(matrix), product: multiply(matrix, transpose(matrix)) };
