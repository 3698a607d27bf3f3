// expect: {"first":"pen","others":["ink blue"],"swapped":[1,"x"]}
type Entry = [name: string, count: number, note?: string];
const entries: Entry[] = [["pen", 2], ["ink", 1, "blue"]];
const [first, ...others]: [Entry, ...Entry[]] = [entries[0]!, entries[1]!];
const swap = <A, B>([a, b]: readonly [A, B]): [B, A] => [b, a];
return { first: first[0], others: others.map(([name, , note = "none"]) => `${name} ${note}`), swapped: swap(["x", 1]) };
