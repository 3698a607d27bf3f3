// expect: {"cheap":{"pen":2490,"ink":890},"keys":["890","2490","2790"],"total":6170,"frozen":true,"assigned":{"pen":2490,"ink":890,"extra":true},"same":true,"has":true}
const prices = { pen: 2490, ink: 890, mat: 2790 };
const frozen = Object.freeze({ ...prices });
const cheap = Object.fromEntries(Object.entries(frozen).filter(([, cents]) => cents < 2500));
const inverted = Object.fromEntries(Object.entries(prices).map(([name, cents]) => [cents, name]));
return {
  cheap,
  keys: Object.keys(inverted),
  total: Object.values(prices).reduce((a, b) => a + b),
  frozen: Object.isFrozen(frozen),
  assigned: Object.assign({}, cheap, { extra: true }),
  same: Object.is(NaN, NaN),
  has: "pen" in prices && !("cup" in prices),
};
