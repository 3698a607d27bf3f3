//! The WebAssembly components: built from source, reproducibly, only when something changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use anyhow::{Context, Result, bail};

use crate::layout::Layout;
use crate::shell::{self, run, say};
use crate::stamp;
use crate::toolchain::{TARGET, Toolchain};

struct Guest {
    package: &'static str,
    /// The interfaces it must export; it must import nothing.
    exports: &'static str,
    /// Whether it starts from an image of memory taken at build time.
    snapshots: bool,
}

const GUESTS: [Guest; 2] = [
    Guest { package: "agentscript", exports: "frontmcp:sandbox/engine@0.1.0", snapshots: true },
    Guest {
        package: "cloudflare",
        exports: "frontmcp:adapter/bindings@0.1.0,frontmcp:adapter/storage-plan@0.1.0,frontmcp:adapter/target@0.1.0",
        snapshots: false,
    },
];

/// What the bytes of a guest depend on, beside its own folder and the compilers.
const INPUTS: [&str; 7] = [
    "guests/Cargo.toml",
    "guests/Cargo.lock",
    "wit",
    "xtask/forge",
    "Cargo.lock",
    "xtask/src/guests.rs",
    "xtask/src/toolchain.rs",
];

/// Brings `target/guests/*.wasm` up to date.
pub(crate) fn ensure(layout: &Layout) -> Result<()> {
    let toolchain = Toolchain::ready()?;
    for guest in &GUESTS {
        let output = layout.guests().join(guest.package).with_extension("wasm");
        let stamp_file = output.with_extension("stamp");
        let stamp = stamp(layout, &toolchain, guest)?;
        if output.exists() && stamp::holds(&stamp_file, &stamp) {
            continue;
        }
        say(&format!("building {} ({TARGET}, then a component)", guest.package));
        // Shared by all clones: the dependencies are the same and nothing in it depends on the place.
        let target = layout.cache.join(format!("guests-{}", short(&toolchain.identity)));
        build(layout, &toolchain, guest, &layout.root, &target, &output)?;
        fs::write(&stamp_file, &stamp)?;
        say(&format!("{} is up to date", output.display()));
    }
    Ok(())
}

/// Builds all guests again from a copy of their sources in another folder and compares the bytes.
pub(crate) fn check_reproducible(layout: &Layout) -> Result<()> {
    ensure(layout)?;
    let toolchain = Toolchain::ready()?;
    let elsewhere = Elsewhere::new(layout)?;
    for guest in &GUESTS {
        let output = elsewhere.0.join(guest.package).with_extension("wasm");
        build(layout, &toolchain, guest, &elsewhere.0, &elsewhere.0.join("build"), &output)?;
        let first = layout.guests().join(guest.package).with_extension("wasm");
        if fs::read(&first)? != fs::read(&output)? {
            bail!("{} has other bytes when built in {}", guest.package, elsewhere.0.display());
        }
        say(&format!("{}: the same bytes from two folders", guest.package));
    }
    Ok(())
}

fn stamp(layout: &Layout, toolchain: &Toolchain, guest: &Guest) -> Result<String> {
    let own = format!("guests/{}", guest.package);
    let inputs: Vec<&str> = INPUTS.into_iter().chain([own.as_str()]).collect();
    stamp::of(&toolchain.identity, &layout.root, &inputs)
}

/// From `source/guests` to a component.
fn build(
    layout: &Layout,
    toolchain: &Toolchain,
    guest: &Guest,
    source: &Path,
    target: &Path,
    output: &Path,
) -> Result<()> {
    let mut cargo = toolchain.cargo("build", &source.join("guests"), target, layout);
    run(cargo.args(["--quiet", "--release", "--locked", "--package", guest.package]))?;
    // All default members together, so that their dependencies are compiled once, with one set of features.
    run(shell::cargo(&layout.root).args(["build", "--quiet", "--bin", "frontmcp-forge"]))?;
    let core = target.join(TARGET).join("release").join(guest.package).with_extension("wasm");
    run(Command::new(layout.binary("frontmcp-forge"))
        .arg(core)
        .arg(output)
        .args(["--exports", guest.exports])
        .args((!guest.snapshots).then_some("--no-snapshot")))
}

fn short(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A copy of the guests' sources in a temporary folder, removed at the end.
struct Elsewhere(PathBuf);

impl Elsewhere {
    fn new(layout: &Layout) -> Result<Self> {
        let copy = Self(env::temp_dir().join(format!("frontmcp-reproduce-{}/some where", process::id())));
        for path in ["guests/Cargo.toml", "guests/Cargo.lock", "wit"] {
            copy_all(&layout.root.join(path), &copy.0.join(path))?;
        }
        for guest in &GUESTS {
            let path = Path::new("guests").join(guest.package);
            copy_all(&layout.root.join(&path), &copy.0.join(&path))?;
        }
        Ok(copy)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(folder) = self.0.parent() {
            // A left-over in the temporary folder hurts nobody.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_all(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}
