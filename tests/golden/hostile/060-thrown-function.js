// ends: runtime_error
throw () => 1;
