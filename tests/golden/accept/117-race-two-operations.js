// expect: "quick"
const winner = await Promise.race([
  acme.slowReport({ ms: 400 }).then(() => "slow"),
  acme.slowReport({ ms: 1 }).then(() => "quick"),
]);
return winner;
