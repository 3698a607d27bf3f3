// refuse: no-host-access 2:1
process.exit(1);
