// refuse: syntax 2:23
function f() { return await acme.getOrder({ id: 1 }); }
return f();
