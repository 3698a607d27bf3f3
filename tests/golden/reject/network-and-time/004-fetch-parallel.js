// refuse: no-network 2:39
return parallel(["a", "b"], (path) => fetch(path), { concurrency: 2 });
