// refuse: no-shared-memory 2:1
Atomics.wait(new Int32Array(1), 0, 0);
