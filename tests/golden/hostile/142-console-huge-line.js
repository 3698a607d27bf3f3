// ends: ok
// expect: "done"
console.log("x".repeat(1_000_000));
return "done";
