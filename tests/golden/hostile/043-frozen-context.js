// ends: runtime_error
ctx.principal = { subject: "root" };
