// expect: {"fixed":"1234.57","precision":"0.000123","hex":"ff","binary":"00001010","parsed":[42,3.14,0,31,"NaN"],"safe":false,"close":true,"separators":1000000}
return {
  fixed: (1234.5678).toFixed(2),
  precision: (0.000123456).toPrecision(3),
  hex: (255).toString(16),
  binary: (10).toString(2).padStart(8, "0"),
  parsed: [parseInt("42px", 10), parseFloat("3.14abc"), Number(""), Number("0x1f"), Number("1_000")].map((n) => (Number.isNaN(n) ? "NaN" : n)),
  safe: Number.isSafeInteger(2 ** 53),
  close: Math.abs(0.1 + 0.2 - 0.3) < Number.EPSILON,
  separators: 1_000_000,
};
