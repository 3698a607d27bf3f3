// refuse: no-timers 2:1
setTimeout(() => {}, 10);
