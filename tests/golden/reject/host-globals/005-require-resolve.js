// refuse: no-host-access 2:8
return require.resolve("x");
