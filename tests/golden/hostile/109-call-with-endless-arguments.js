// ends: timeout
await callTool("acme.getOrder", { get id() { for (;;) {} } });
