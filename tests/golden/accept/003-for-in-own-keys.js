// expect: {"limit":5,"order":"asc","status":"paid"}
const defaults = { limit: 20, order: "asc" };
const query = { status: "paid", limit: 5 };
const merged = {};
for (const key in defaults) merged[key] = defaults[key];
for (const key in query) {
  if (Object.hasOwn(query, key)) merged[key] = query[key];
}
return merged;
