// refuse: no-arguments-callee 2:40
return (function () { return arguments.callee; })();
