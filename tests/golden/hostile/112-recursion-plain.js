// ends: runtime_error
const f = () => f() + 1;
return f();
