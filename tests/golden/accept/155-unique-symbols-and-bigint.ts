// expect: {"doubled":"24","keys":["name"],"symbols":1}
const id: unique symbol = Symbol("id");
interface Tagged { [id]: bigint; name: string }
const tagged: Tagged = { [id]: 12n, name: "t" };
const doubled: bigint = tagged[id] * 2n;
return { doubled: doubled.toString(), keys: Object.keys(tagged), symbols: Object.getOwnPropertySymbols(tagged).length };
