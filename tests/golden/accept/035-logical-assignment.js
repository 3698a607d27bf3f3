// expect: {"retries":0,"label":"default","verbose":"yes","timeout":1000}
const options = { retries: 0, label: "", verbose: true };
options.retries ??= 3;
options.timeout ??= 1000;
options.label ||= "default";
options.verbose &&= "yes";
return options;
