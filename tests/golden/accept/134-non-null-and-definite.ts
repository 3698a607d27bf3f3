// expect: [3,3,20]
interface Node { value: number; next?: Node }
const list: Node = { value: 1, next: { value: 2, next: { value: 3 } } };
let last!: number;
for (let node: Node | undefined = list; node; node = node.next) last = node.value;
const second = list.next!.next!.value;
const found = [10, 20].find((value) => value > 10)!;
return [last, second, found];
