// ends: runtime_error
callTool.extra = 1;
return callTool.extra.missing.deeper;
