//! From the Worker's raw module to the one that JavaScript can instantiate: `frontmcp-bindgen MODULE.wasm FOLDER NAME`
//! writes `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm`. Never fetches or optimises anything.

use std::env;
use std::path::Path;

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, folder, name] = &arguments[..] else {
        bail!("usage: frontmcp-bindgen MODULE.wasm FOLDER NAME");
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name(name)
        // The one target whose caller brings the module and decides when it is instantiated.
        .web(true)?
        .omit_default_module_path(true)
        .typescript(true)
        .remove_producers_section(true);
    bindgen.generate(Path::new(folder))
}
