// expect: {"compared":true,"shifted":16,"size":2,"old":3}
const a: number = 5;
const b: number = 3;
const compared = a < b || a > (b as number);
const shifted = (a >> 1) + (a >>> 1) + (b << 2);
const nested: Map<string, Array<Set<number>>> = new Map<string, Array<Set<number>>>([["x", [new Set([a, b])]]]);
const old = <number>(<unknown>b);
return { compared, shifted, size: nested.get("x")![0]!.size, old };
