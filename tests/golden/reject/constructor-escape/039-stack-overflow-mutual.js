// refuse: no-prototype-access 3:35
const a = () => b(), b = () => a();
try { a(); } catch (e) { return e["constructor"]; }
