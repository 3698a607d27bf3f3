// refuse: no-host-access 2:8
return Bun.version;
