// refuse: no-host-access 3:14
const f = () => { const process = 1; return process; };
return f() + process.pid;
