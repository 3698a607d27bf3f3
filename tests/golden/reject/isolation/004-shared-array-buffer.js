// refuse: no-shared-memory 2:12
return new SharedArrayBuffer(8);
