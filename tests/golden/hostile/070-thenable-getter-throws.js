// ends: runtime_error gadget
return { get then() { throw new Error("gadget"); } };
