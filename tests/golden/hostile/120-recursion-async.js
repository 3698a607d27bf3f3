// ends: runtime_error
const f = async (n) => { const more = await f(n + 1); return more + 1; };
return f(0);
