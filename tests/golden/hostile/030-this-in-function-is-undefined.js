// ends: ok
// expect: "undefined"
return (function () { return typeof this; })();
