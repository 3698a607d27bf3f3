// ends: timeout
const o = { valueOf() { for (;;) {} } };
return o + 1;
