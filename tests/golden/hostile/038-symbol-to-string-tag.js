// ends: ok
// expect: "[object Process]"
const o = { [Symbol.toStringTag]: "Process" };
return Object.keys({}).toString.call(o) === "" ? 0 : `${o}`;
