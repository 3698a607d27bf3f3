// ends: ok
// expect: ["x","x"]
const tag = (strings) => strings[0];
const f = () => tag`x`;
return [f(), f()];
