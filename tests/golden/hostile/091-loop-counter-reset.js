// ends: timeout
for (let i = 0; i < 10; i++) i = 0;
