// refuse: no-timers 3:12
// refuse: no-timers 4:1
const id = setInterval(() => {}, 10);
clearInterval(id);
