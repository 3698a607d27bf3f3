//! Finds what `cargo xtask guests` built. Never builds and never skips.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the repository")
        .to_path_buf()
}

/// The script sandbox component.
///
/// # Panics
/// If it was not built.
pub fn agentscript() -> Vec<u8> {
    let path = repository().join("target/guests/agentscript.wasm");
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}\nBuild the guests first: cargo xtask guests", path.display())
    })
}

/// The file of the Cloudflare adapter component.
///
/// # Panics
/// If it was not built.
pub fn adapter() -> PathBuf {
    let path = repository().join("target/guests/cloudflare.wasm");
    assert!(path.is_file(), "{} is missing\nBuild the guests first: cargo xtask guests", path.display());
    path
}
