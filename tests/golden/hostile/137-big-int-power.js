// ends: runtime_error
return `${(9n ** 9n) ** (9n ** 9n)}`.length;
