// ends: ok
// expect: ["undefined","undefined"]
return [typeof console[Symbol.for("nodejs.util.inspect.custom")], typeof ctx[Symbol.for("secret")]];
