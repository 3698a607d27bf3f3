// refuse: no-prototype-access 4:38
// refuse: no-prototype-access 4:50
const deep = () => deep();
try { deep(); } catch (e) { return e.constructor.constructor("return 1")(); }
