// ends: timeout
for (;;) {}
