// refuse: reserved-name 2:9
const { console } = { console: 1 };
return console;
