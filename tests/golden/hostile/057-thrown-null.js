// ends: runtime_error
throw null;
