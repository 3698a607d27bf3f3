// ends: runtime_error gadget
return { toJSON() { throw new Error("gadget"); } };
