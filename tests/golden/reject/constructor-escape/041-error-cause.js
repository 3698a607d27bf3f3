// refuse: no-prototype-access 3:16
const e = new Error("x", { cause: () => {} });
return e.cause.constructor("return 1")();
