// refuse: reserved-name 2:1
callTool = null;
