// ends: timeout
try { await Promise.reject(1); } catch { while (true) {} }
