// ends: ok
// expect: 1
return { then(resolve) { resolve(1); throw new Error("late"); } };
