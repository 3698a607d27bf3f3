// refuse: no-host-clock 2:8
return crypto.randomUUID();
