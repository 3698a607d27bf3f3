// refuse: no-network 2:15
const x = new XMLHttpRequest();
x.open("GET", "/");
