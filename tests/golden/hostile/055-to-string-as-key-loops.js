// ends: timeout
const o = { toString() { for (;;) {} } };
return {}[o];
