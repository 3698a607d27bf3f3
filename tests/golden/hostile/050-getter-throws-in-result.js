// ends: runtime_error gadget
return { get a() { throw new Error("gadget"); } };
