// ends: runtime_error
throw Symbol("odd");
