// refuse: no-browser-api 2:1
alert("hi");
