// refuse: no-prototype-access 2:46
try { null.x; } catch (error) { return error.constructor.name; }
