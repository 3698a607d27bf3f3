//! Peers that live in Node: a script of `peers/` is run and answers with durations in JSON.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::timing::Samples;

/// Runs a peer; `None` with a line on stderr when Node is not there or the peer says that it cannot run.
pub(crate) fn run(script: &str, arguments: &[&str]) -> Result<Option<Vec<Samples>>> {
    let node = std::env::var_os("FRONTMCP_NODE").map_or_else(|| PathBuf::from("node"), PathBuf::from);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    let mut command = Command::new(node);
    let output = match command.arg(&path).args(arguments).stderr(Stdio::inherit()).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("  node does not run ({error}), so {script} is left out");
            return Ok(None);
        }
    };
    if output.status.code() == Some(3) {
        return Ok(None);
    }
    ensure!(output.status.success(), "{} ended with {}", path.display(), output.status);
    let series: Vec<Vec<f64>> =
        serde_json::from_slice(&output.stdout).with_context(|| format!("reading the answer of {script}"))?;
    Ok(Some(series.into_iter().map(Samples::new).collect()))
}
