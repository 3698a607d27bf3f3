//! A Rust and a C compiler that make WebAssembly. Takes what is there, installs what is not.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::distro;
use crate::layout::Layout;
use crate::shell::{find, output, say, succeeds_within};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The guests use the language as of this minor version of Rust 1.
const MIN_RUST_MINOR: u32 = 95;
const NEWEST_LLVM: u32 = 30;
const OLDEST_LLVM: u32 = 15;

pub(crate) struct Toolchain {
    rust: Rust,
    clang: PathBuf,
    archiver: PathBuf,
    /// Versions of all of it; another identity means other bytes.
    pub(crate) identity: String,
    panic: Panic,
}

/// What a panic does in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Panic {
    /// Ends the instance: components are thrown away anyway.
    Abort,
    /// Unwinds: a Worker's instance serves others too. Needs a standard library of its own.
    Unwind,
}

enum Rust {
    /// The one that runs us has the target.
    Current,
    /// The distribution's, which builds the standard library from its source package.
    Distribution { linker: PathBuf },
}

impl Toolchain {
    /// Finds or installs everything.
    pub(crate) fn ready() -> Result<Self> {
        Self::of(rust()?, Panic::Abort)
    }

    /// The same for a module that panics unwind in.
    pub(crate) fn unwinding() -> Result<Self> {
        Self::of(rust_with_source()?, Panic::Unwind)
    }

    fn of(rust: Rust, panic: Panic) -> Result<Self> {
        let (clang, archiver) = match c_compiler() {
            Some(found) => found,
            None => {
                distro::install("compiling C to WebAssembly", &["clang-22", "llvm-22"])?;
                c_compiler().context("no clang with the wasm32 backend was found after installing one")?
            }
        };
        let versions = [
            output(Command::new(rust.program("rustc")).arg("-vV")),
            output(Command::new(&clang).arg("--version")),
        ];
        let identity = versions.into_iter().flatten().collect::<Vec<_>>().join("\n");
        Ok(Self { rust, clang, archiver, identity, panic })
    }

    /// `cargo VERB` for WebAssembly in `folder`, building into `target`. No path of this machine gets
    /// into the output, and none of our caller's settings into the build.
    pub(crate) fn cargo(&self, verb: &str, folder: &Path, target: &Path, layout: &Layout) -> Command {
        let mut command = Command::new(self.rust.program("cargo"));
        for (name, _) in env::vars_os() {
            if is_foreign(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command.args([verb, "--target", TARGET]).current_dir(folder);
        command.env("CARGO_TARGET_DIR", target);
        command.env("CARGO_HOME", &layout.cargo_home);
        let mut flags = rust_flags(layout).to_vec();
        if self.panic == Panic::Unwind {
            flags.push("-Cpanic=unwind".to_owned());
            // Where a panic was costs a twentieth of the Worker's size; what it says stays.
            flags.push("-Zlocation-detail=none".to_owned());
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        command.env("CC_wasm32_unknown_unknown", &self.clang);
        command.env("AR_wasm32_unknown_unknown", &self.archiver);
        command.env("CC_SHELL_ESCAPED_FLAGS", "1");
        command.env("CFLAGS_wasm32_unknown_unknown", c_flags(layout, target));
        if let Rust::Distribution { linker } = &self.rust {
            let path = env::var_os("PATH").unwrap_or_default();
            let path = env::join_paths(std::iter::once("/usr/bin".into()).chain(env::split_paths(&path)));
            command.env("PATH", path.unwrap_or_else(|_| "/usr/bin:/bin".into()));
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        let builds_std = match (&self.rust, self.panic) {
            (_, Panic::Unwind) => Some("-Zbuild-std=std,panic_unwind"),
            (Rust::Distribution { .. }, Panic::Abort) => Some("-Zbuild-std=std,panic_abort"),
            (Rust::Current, Panic::Abort) => None,
        };
        if let Some(builds_std) = builds_std {
            command.env("RUSTC_BOOTSTRAP", "1").arg(builds_std);
            if self.panic == Panic::Unwind {
                command.arg("-Zbuild-std-features=optimize_for_size");
            }
        }
        command
    }
}

impl Rust {
    fn program(&self, name: &str) -> PathBuf {
        match self {
            Self::Current => name.into(),
            Self::Distribution { .. } => Path::new("/usr/bin").join(name),
        }
    }
}

/// Paths become the same everywhere. The guests' own files are named relative to their workspace anyway.
fn rust_flags(layout: &Layout) -> [String; 3] {
    [
        // Nothing here may reach for JavaScript's randomness.
        "--cfg=getrandom_backend=\"custom\"".into(),
        format!("--remap-path-prefix={}=/cargo", layout.cargo_home.display()),
        "--remap-path-prefix=/usr/lib/rustlib/src/rust=/rustc".into(),
    ]
}

fn c_flags(layout: &Layout, target: &Path) -> String {
    let map = |path: &Path, name| format!("'-ffile-prefix-map={}={name}'", path.display());
    format!("-O3 {} {}", map(target, "/target"), map(&layout.cargo_home, "/cargo"))
}

/// Variables by which an outer cargo or the user's shell would change the build.
fn is_foreign(name: &str) -> bool {
    const KEPT: [&str; 4] = ["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_"];
    let ours = name.starts_with("CARGO") || name.starts_with("RUST") || name.starts_with("CFLAGS");
    ours && name != "RUSTUP_HOME" && !KEPT.iter().any(|prefix| name.starts_with(prefix))
}

fn rust() -> Result<Rust> {
    if current_has_target() {
        return Ok(Rust::Current);
    }
    if let Some(linker) = distribution_linker() {
        return Ok(Rust::Distribution { linker });
    }
    if rustup_brings("target", TARGET) && current_has_target() {
        return Ok(Rust::Current);
    }
    distribution("compiling Rust to WebAssembly")
}

/// A Rust that can build its standard library anew.
fn rust_with_source() -> Result<Rust> {
    if current_has_target() && current_has_source() {
        return Ok(Rust::Current);
    }
    if let Some(linker) = distribution_linker() {
        return Ok(Rust::Distribution { linker });
    }
    let brought = rustup_brings("target", TARGET) && rustup_brings("component", "rust-src");
    if brought && current_has_target() && current_has_source() {
        return Ok(Rust::Current);
    }
    distribution("compiling Rust to WebAssembly that unwinds")
}

fn rustup_brings(kind: &str, name: &str) -> bool {
    find("rustup").is_some() && {
        say(&format!("asking rustup for the {kind} {name}"));
        succeeds_within(Command::new("rustup").args([kind, "add", name]), Duration::from_secs(20)) || {
            say("rustup could not bring it; the distribution's packages can");
            false
        }
    }
}

fn distribution(why: &str) -> Result<Rust> {
    distro::install(why, &["rustc-web", "cargo-web", "rust-web-src", "lld-22"])?;
    let linker =
        distribution_linker().context("the distribution's Rust is not usable after installing it")?;
    Ok(Rust::Distribution { linker })
}

/// The source of the standard library, with what it was locked to.
fn current_has_source() -> bool {
    output(Command::new("rustc").args(["--print", "sysroot"]))
        .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

fn current_has_target() -> bool {
    output(Command::new("rustc").args(["--print", "sysroot"]))
        .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir())
}

/// The linker, if Rust, its standard library's source and the linker are all installed.
fn distribution_linker() -> Option<PathBuf> {
    let version = output(Command::new("/usr/bin/cargo").arg("--version"))?;
    let minor: u32 = version.strip_prefix("cargo 1.")?.split('.').next()?.parse().ok()?;
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml");
    if minor < MIN_RUST_MINOR || !source.exists() {
        return None;
    }
    versioned("wasm-ld").next()
}

/// A clang with the wasm32 backend, and an archiver.
fn c_compiler() -> Option<(PathBuf, PathBuf)> {
    let has_backend = |clang: &PathBuf| {
        output(Command::new(clang).arg("--print-targets")).is_some_and(|targets| targets.contains("wasm32"))
    };
    Some((versioned("clang").find(has_backend)?, versioned("llvm-ar").next()?))
}

/// `name-30`, `name-29` … `name`, as far as they are installed.
fn versioned(name: &str) -> impl Iterator<Item = PathBuf> {
    let numbered = (OLDEST_LLVM..=NEWEST_LLVM).rev().map(move |number| format!("{name}-{number}"));
    numbered.chain([name.to_owned()]).filter_map(|program| find(&program))
}
