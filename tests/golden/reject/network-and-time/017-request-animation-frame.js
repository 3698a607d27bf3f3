// refuse: no-timers 2:1
requestAnimationFrame(() => {});
