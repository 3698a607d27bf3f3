// refuse: no-eval 2:26
try { throw 1; } catch { eval("1"); }
