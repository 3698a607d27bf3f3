// ends: runtime_error name must be a string
await callTool({ toString: () => "acme.getOrder" }, {});
