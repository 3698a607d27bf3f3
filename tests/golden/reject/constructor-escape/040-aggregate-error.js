// refuse: no-prototype-access 3:20
const e = new AggregateError([new Error("x")]);
return e.errors[0].constructor;
