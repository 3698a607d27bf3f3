// ends: runtime_error code cannot be made
const key = [..."rotcurtsnoc"].reduceRight((all, c) => all + c, "");
const { [key]: make } = () => {};
return make("return 1")();
