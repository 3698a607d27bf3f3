// refuse: no-dynamic-import 3:8
const name = "node:" + "fs";
return import(name);
