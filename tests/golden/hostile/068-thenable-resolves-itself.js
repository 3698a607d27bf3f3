// ends: runtime_error
const p = new Promise((resolve) => Promise.resolve().then(() => resolve(p)));
return p;
