// ends: runtime_error
return Array.from({ length: 4294967295 }, (_, i) => `${i}${i}${i}${i}`).length;
