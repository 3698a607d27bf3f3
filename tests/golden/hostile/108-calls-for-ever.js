// ends: runtime_error
for (;;) { try { await callTool("acme.missing", {}); } catch {} }
