// expect: {"factorial":"15511210043330985984000000","big":"18446744073709551616","remainder":616,"compare":true,"parsed":"9007199254740993","clamp":"1"}
const factorial = (n) => (n <= 1n ? 1n : n * factorial(n - 1n));
const big = 2n ** 64n;
return {
  factorial: factorial(25n).toString(),
  big: String(big),
  remainder: Number(big % 1000n),
  compare: 10n > 9,
  parsed: BigInt("9007199254740993").toString(),
  clamp: BigInt.asUintN(8, 257n).toString(),
};
