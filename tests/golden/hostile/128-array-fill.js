// ends: runtime_error
return new Array(500_000_000).fill(0).length;
