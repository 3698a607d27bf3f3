// ends: timeout
return Array.from({ length: 1 }, () => { for (;;) {} });
