//! Other people's MCP clients tell the same story: search, describe, refund, and be refused what was not granted.

use std::path::PathBuf;
use std::process::Command;

use frontmcp_tests::{Program, repository, run_to_end};

#[test]
fn the_first_typescript_client_refunds_an_order() {
    let program = Program::start();
    run_to_end(node_script("ts-v1.mjs").arg(program.url()));
}

#[test]
fn the_second_typescript_client_refunds_an_order_in_both_eras() {
    let program = Program::start();
    run_to_end(node_script("ts-v2.mjs").arg(program.url()));
}

#[test]
fn the_python_client_refunds_an_order() {
    let program = Program::start();
    run_to_end(python_script("python.py").arg(program.url()));
}

pub(super) fn python_script(name: &str) -> Command {
    let mut command = Command::new(installed("python/bin/python"));
    command.arg(script(name));
    command
}

pub(super) fn node_script(name: &str) -> Command {
    let mut command = node();
    command.arg(script(name));
    command
}

/// The pinned engine, where its packages are.
pub(super) fn node() -> Command {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let mut command = Command::new(installed(&format!("node/node_modules/node-linux-{arch}/bin/node")));
    command.current_dir(installed("node"));
    command
}

fn script(name: &str) -> PathBuf {
    repository().join("tests/clients").join(name)
}

pub(super) fn installed(path: &str) -> PathBuf {
    let path = repository().join("target/clients").join(path);
    assert!(path.exists(), "{} is missing; run `cargo xtask test`, which installs it", path.display());
    path
}
