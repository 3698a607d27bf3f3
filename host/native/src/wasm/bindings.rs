//! Host bindings of `frontmcp:sandbox`, generated from `wit/`. Nothing is written by hand here.

wasmtime::component::bindgen!({
    path: "../../wit/frontmcp-sandbox@0.1.0",
    world: "sandbox",
    exports: { default: async },
});
