// ends: timeout
return [...("a".repeat(40) + "!").matchAll(/(?:a+)+b/g)];
