// refuse: no-modules 2:8
return import.meta.url;
