// ends: runtime_error code cannot be made
const key = ["con", "structor"].map((part) => part.trim()).join("");
return (() => 1)[key]("return 1")();
