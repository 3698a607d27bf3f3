// refuse: no-browser-api 2:8
return location.href;
