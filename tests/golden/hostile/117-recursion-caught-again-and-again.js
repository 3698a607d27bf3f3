// ends: timeout
const f = () => { try { f(); } catch { f(); } };
f();
for (;;) {}
