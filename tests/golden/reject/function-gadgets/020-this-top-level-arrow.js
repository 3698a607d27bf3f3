// refuse: no-global-object 2:17
const f = () => this;
return f();
