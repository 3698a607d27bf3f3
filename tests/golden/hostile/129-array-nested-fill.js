// ends: runtime_error
return Array.from({ length: 10_000 }, () => new Array(10_000).fill(1)).length;
