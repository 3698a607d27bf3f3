// ends: timeout
await null;
for (;;) {}
