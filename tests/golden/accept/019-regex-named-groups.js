// expect: {"year":"2026","month":"03","day":"09","hour":"17","total":2029}
const pattern = /(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T(?<hour>\d{2})/;
const { groups } = pattern.exec("created 2026-03-09T17:45:00Z");
return { ...groups, total: Number(groups.year) + Number(groups.month) };
