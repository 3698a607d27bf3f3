// expect: [2,-3,3,true,15]
const search = (list, wanted) => {
  let [low, high] = [0, list.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (list[middle] === wanted) return middle;
    if (list[middle] < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return ~low;
};
const flags = { read: 1 << 0, write: 1 << 1, admin: 1 << 2 };
let granted = flags.read | flags.admin;
granted &= ~flags.admin;
granted ^= flags.write;
return [search([1, 3, 5, 7], 5), search([1, 3, 5, 7], 4), granted, (granted & flags.write) !== 0, -1 >>> 28];
