// ends: runtime_error
return { then() {} };
