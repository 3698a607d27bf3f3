// ends: timeout
return JSON.parse('{"a": 1}', () => { for (;;) {} });
