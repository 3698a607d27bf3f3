// refuse: reserved-name 2:25
try { throw 1; } catch (mcpLog) { return mcpLog; }
