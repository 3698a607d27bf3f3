// ends: runtime_error
return "x".padEnd(2 ** 30, "y").length;
