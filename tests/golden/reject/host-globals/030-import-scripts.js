// refuse: no-host-access 2:1
importScripts("x.js");
