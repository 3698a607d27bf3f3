// ends: runtime_error
const o = { toString() { return `${o}!`; } };
return `${o}`;
