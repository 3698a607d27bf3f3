// ends: timeout
outer: for (;;) { for (;;) continue outer; }
