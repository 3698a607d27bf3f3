//! Compiled components on disk. Loads only what this user wrote into a directory nobody else can enter.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::engine::plain;

/// The component's compiled code: from `cache_dir` when it is there, else compiled and put there.
pub(super) fn load(engine: &Engine, wasm: &[u8], cache_dir: Option<&Path>) -> anyhow::Result<Component> {
    let Some(dir) = cache_dir else { return compile(engine, wasm) };
    match cached(engine, wasm, dir) {
        Ok(component) => Ok(component),
        Err(reason) => {
            tracing::warn!("compiled code is not cached: {reason:#}");
            compile(engine, wasm)
        }
    }
}

fn cached(engine: &Engine, wasm: &[u8], dir: &Path) -> anyhow::Result<Component> {
    claim(dir).with_context(|| format!("the cache directory {}", dir.display()))?;
    let path = dir.join(file_name(engine, wasm));
    if path.exists() {
        match deserialize(engine, &path) {
            Ok(component) => return Ok(component),
            Err(reason) => tracing::warn!("compiling anew, {} is unusable: {reason:#}", path.display()),
        }
    }
    let code = engine.precompile_component(wasm).map_err(plain)?;
    write_whole(&path, &code)?;
    deserialize(engine, &path)
}

fn compile(engine: &Engine, wasm: &[u8]) -> anyhow::Result<Component> {
    Component::new(engine, wasm).map_err(plain).context("compiling a component")
}

/// Same bytes, same compiler, same configuration: same name.
fn file_name(engine: &Engine, wasm: &[u8]) -> String {
    let mut name = String::with_capacity(96);
    for byte in Sha256::digest(wasm) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let _ = write!(name, "-{:016x}.cwasm", hasher.finish());
    name
}

/// Makes the directory ours alone, or says why it cannot be: compiled code is run as it is found.
fn claim(dir: &Path) -> anyhow::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let found = fs::symlink_metadata(dir)?;
    ensure!(found.is_dir(), "it is not a directory");
    fs::set_permissions(dir, Permissions::from_mode(0o700)).context("it belongs to someone else")?;
    let probe = temporary(dir);
    let own = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe)?.metadata()?.uid();
    fs::remove_file(&probe)?;
    ensure!(found.uid() == own, "it belongs to someone else");
    Ok(())
}

/// Readers see the old file or the new one, never a part.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let scratch = temporary(path.parent().unwrap_or(Path::new(".")));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&scratch)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&scratch, path)?;
    Ok(())
}

fn temporary(dir: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    dir.join(format!(".tmp-{}-{number}", std::process::id()))
}

#[allow(unsafe_code, reason = "the directory is 0700 and ours, so the file is what this program wrote")]
fn deserialize(engine: &Engine, path: &Path) -> anyhow::Result<Component> {
    // SAFETY: only this user can write into the directory (`claim`), and this program writes nothing there
    // but the output of `precompile_component`.
    unsafe { Component::deserialize_file(engine, path) }.map_err(plain)
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
