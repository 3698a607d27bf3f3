// refuse: no-browser-api 2:1
localStorage.setItem("a", "b");
