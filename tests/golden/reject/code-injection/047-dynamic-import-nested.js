// refuse: no-dynamic-import 2:45
return Promise.all(["a", "b"].map((name) => import(name)));
