// ends: ok
// expect: ["undefined"]
return [1].map(function () { return typeof this; });
