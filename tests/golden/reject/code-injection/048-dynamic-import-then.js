// refuse: no-dynamic-import 2:8
return import("os").then((os) => os.cpus());
