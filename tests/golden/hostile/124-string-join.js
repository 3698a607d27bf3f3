// ends: runtime_error
return new Array(100_000_000).join("xxxxxxxxxxxxxxxx").length;
