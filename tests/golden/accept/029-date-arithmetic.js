// expect: {"next":"2026-03-02T10:00:00.000Z","days":30,"first":"2026-03-01","weekday":1}
const start = new Date("2026-01-31T10:00:00Z");
const next = new Date(start);
next.setUTCDate(next.getUTCDate() + 30);
const days = (next - start) / 86_400_000;
const firstOfMonth = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth(), 1));
return { next: next.toISOString(), days, first: firstOfMonth.toISOString().slice(0, 10), weekday: next.getUTCDay() };
