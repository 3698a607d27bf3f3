// ends: runtime_error
return JSON.parse("[".repeat(200_000) + "]".repeat(200_000)).length;
