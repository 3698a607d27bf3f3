//! `deploy emit-wrangler`: goldens, texts that mean what was said, histories that go on, and agreement with the core.

mod changes;
mod command;
mod golden;
mod properties;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::Parser as _;
use frontmcp_host::cli::{Cli, Command};
use frontmcp_host::commands::deploy::emit_wrangler::{self, EmitWranglerArgs};
use frontmcp_host::commands::deploy::{Console, DeployCommand};
use frontmcp_host::wasm::WasmTarget;
use frontmcp_tests::{adapter, repository};

/// The day on which all of this happens.
const TODAY: &str = "2026-06-01";

/// The adapter, compiled once.
fn target() -> &'static WasmTarget {
    static TARGET: OnceLock<WasmTarget> = OnceLock::new();
    TARGET.get_or_init(|| WasmTarget::new(&std::fs::read(adapter()).unwrap(), None).unwrap())
}

/// The command as somebody typed it, with this repository's adapter.
fn args(words: &[&str]) -> EmitWranglerArgs {
    let adapter = adapter();
    let fixed = ["frontmcp-host", "deploy", "emit-wrangler", "--adapter", adapter.to_str().unwrap()];
    let parsed = Cli::try_parse_from(fixed.iter().chain(words)).unwrap_or_else(|error| panic!("{error}"));
    match parsed.command {
        Command::Deploy(DeployCommand::EmitWrangler(args)) => args,
        other => panic!("{other:?}"),
    }
}

/// The text, if there is one, and what was printed beside it.
fn emit(words: &[&str]) -> (Option<String>, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let console = &mut Console { out: &mut out, err: &mut err, watched: false };
    let emitted = emit_wrangler::emit(&args(words), TODAY, &|_| None, console);
    let mut printed = String::from_utf8(err).unwrap();
    if let Err(error) = &emitted
        && printed.is_empty()
    {
        printed = format!("{error:#}\n");
    }
    (emitted.ok(), printed)
}

fn manifest_of(case: &Path) -> PathBuf {
    let own = case.join("manifest.yaml");
    if own.exists() { own } else { repository().join("frontmcp.deploy.yaml") }
}
