// ends: timeout
return "a".replace(/a/, () => { for (;;) {} });
