// expect: ["2026-07-01T10:30:00.000Z",null,"2026-07-01T00:00:00.000Z","number"]
const parse = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};
return [parse("2026-07-01T12:30:00+02:00"), parse("yesterday"), parse("2026-07-01"), typeof Date.now()];
