// refuse: no-prototype-access 2:28
try { throw {}; } catch ({ constructor }) { return constructor; }
