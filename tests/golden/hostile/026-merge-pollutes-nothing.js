// ends: ok
// expect: null
const merge = (to, from) => {
  for (const k of Object.keys(from)) {
    if (typeof from[k] === "object") { to[k] ??= {}; merge(to[k], from[k]); } else to[k] = from[k];
  }
  return to;
};
merge({}, JSON.parse('{"__proto__": {"admin": true}}'));
return {}.admin ?? null;
