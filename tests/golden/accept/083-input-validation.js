// expect: [{"field":"email","verdict":"must be an email address"},{"field":"age","verdict":"must be at least 18"},{"field":"tags","verdict":"must be texts"},{"field":"extra","verdict":"is unknown"}]
// input: {"email":"ada@example","age":"17","tags":["a",5],"extra":true}
const rules = {
  email: (v) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(v) || "must be an email address",
  age: (v) => (Number.isInteger(Number(v)) && Number(v) >= 18) || "must be at least 18",
  tags: (v) => (Array.isArray(v) && v.every((tag) => typeof tag === "string")) || "must be texts",
};
const problems = [];
for (const [field, value] of Object.entries(ctx.input)) {
  const verdict = rules[field]?.(value) ?? "is unknown";
  if (verdict !== true) problems.push({ field, verdict });
}
return problems;
