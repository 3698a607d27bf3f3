// expect: {"2026-02":[28,1],"2026-03":[1],"2025-12":[31]}
const dates = ["2026-02-28", "2026-03-01", "2026-02-01", "2025-12-31"];
const byMonth = {};
for (const date of dates) {
  const when = new Date(`${date}T00:00:00Z`);
  const key = `${when.getUTCFullYear()}-${String(when.getUTCMonth() + 1).padStart(2, "0")}`;
  (byMonth[key] ??= []).push(when.getUTCDate());
}
return byMonth;
