// ends: runtime_error code cannot be made
const path = ["cons-tructor", "constr-uctor"].map((s) => s.split("-").join(""));
return path.reduce((o, k) => o[k], [])("return 1")();
