// ends: runtime_error
throw undefined;
