// refuse: no-meta-programming 2:18
const tool = new Proxy(callTool, { apply: (t, s, a) => t(...a) });
return tool("x", {});
