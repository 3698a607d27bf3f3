// ends: timeout
const e = new Error("x");
const lying = { toString() { for (;;) {} } };
e.message = lying;
return `${e}`;
