// refuse: no-timers 2:1
setTimeout("process.exit()", 0);
