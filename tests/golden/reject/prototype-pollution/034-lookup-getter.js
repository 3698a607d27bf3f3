// refuse: no-prototype-access 2:11
return {}.__lookupGetter__("__proto__");
