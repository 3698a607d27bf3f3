// expect: {"trimmed":"Order ord_1001: shipped","start":true,"index":8,"last":22,"slice":"shipped","sub":"ord_1001","at":"d","repeat":"=-=-=-","replaceAll":"a/b/c","includes":true,"codes":[97,122],"split":["a","b",""],"concat":"xy1"}
const text = "  Order ord_1001: shipped  ";
return {
  trimmed: text.trim(),
  start: text.trimStart().startsWith("Order"),
  index: text.indexOf("ord_"),
  last: text.lastIndexOf("p"),
  slice: text.trim().slice(-7),
  sub: text.trim().substring(6, 14),
  at: text.trim().at(-1),
  repeat: "=-".repeat(3),
  replaceAll: "a.b.c".replaceAll(".", "/"),
  includes: text.includes("shipped"),
  codes: [..."az"].map((c) => c.charCodeAt(0)),
  split: "a,b,,c".split(",", 3),
  concat: "x".concat("y", 1),
};
