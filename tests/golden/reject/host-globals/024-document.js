// refuse: no-browser-api 2:8
return document.cookie;
