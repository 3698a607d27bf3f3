// ends: ok
// expect: "object"
return (function () { return typeof this; }).call(null);
