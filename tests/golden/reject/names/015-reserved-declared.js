// refuse: reserved-name 2:7
const callTool = () => 1;
return callTool();
