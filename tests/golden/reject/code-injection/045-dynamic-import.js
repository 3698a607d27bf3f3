// refuse: no-dynamic-import 2:18
const fs = await import("fs");
return fs;
