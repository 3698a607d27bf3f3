// expect: {"day":"2026-01-04","orders":2,"totalCents":39790}
acme.slowReport({ ms: 1000 }).catch(() => {});
const day = (await acme.dailySummary({}))[3];
return day;
