// refuse: no-timers 2:32
await new Promise((resolve) => setTimeout(resolve, 1000));
