// ends: runtime_error gadget
const o = { [Symbol.toPrimitive]() { throw new Error("gadget"); } };
return `${o}`;
