// refuse: no-network 2:1
navigator.sendBeacon("/x", "y");
