// expect: [["number",false],["string",false],["object",false],["undefined",false],["number",false],["object",true],["object",true],["string",true],["function",true],["bigint",true],["symbol",true]]
const values = [0, "", null, undefined, NaN, [], {}, "0", () => 1, 1n, Symbol("s")];
return values.map((value) => [typeof value, Boolean(value)]);
