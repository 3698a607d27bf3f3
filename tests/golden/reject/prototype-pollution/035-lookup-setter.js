// refuse: no-prototype-access 2:11
return {}["__lookupSetter__"]("__proto__");
