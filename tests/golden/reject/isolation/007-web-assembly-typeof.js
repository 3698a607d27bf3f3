// refuse: no-webassembly 2:15
return typeof WebAssembly;
