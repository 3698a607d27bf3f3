// refuse: no-prototype-access 2:17
return callTool.constructor("return 1")();
