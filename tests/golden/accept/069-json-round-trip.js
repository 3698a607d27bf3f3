// expect: {"text":"{\"when\":\"2026-01-02T00:00:00.000Z\",\"nested\":[1,{\"deep\":null}],\"nan\":null}","back":{"when":2026,"nested":[1,{"deep":null}],"nan":null},"pretty":"{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}","picked":"{\"id\":1,\"name\":\"x\"}"}
const data = { when: new Date(Date.UTC(2026, 0, 2)), nested: [1, { deep: null }], skip: undefined, nan: NaN };
const text = JSON.stringify(data);
const back = JSON.parse(text, (key, value) => (key === "when" ? new Date(value).getUTCFullYear() : value));
const pretty = JSON.stringify({ a: [1, 2], b: {} }, null, 2);
const picked = JSON.stringify({ id: 1, secret: 2, name: "x" }, ["id", "name"]);
return { text, back, pretty, picked };
