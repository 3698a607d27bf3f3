// ends: runtime_error
const e = new Error("x");
e.name = { toString() { throw new Error("y"); } };
throw e;
