// refuse: no-eval 2:22
const tools = { run: eval };
return tools.run("1");
