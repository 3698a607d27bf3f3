// refuse: no-webassembly 2:8
return WebAssembly.compile(new Uint8Array(8));
