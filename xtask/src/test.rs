//! All tests, after everything they need. The last lines are the test runner's own.

use anyhow::Result;

use crate::layout::Layout;
use crate::shell::{self, cargo};
use crate::{clients, guests, worker};

pub(crate) fn run(layout: &Layout, arguments: &[&str]) -> Result<()> {
    guests::ensure(layout)?;
    clients::ensure(layout)?;
    worker::ensure(layout)?;
    // The binaries are started by tests, and `cargo test` builds only those of the tested packages.
    shell::run(cargo(&layout.root).args(["build", "--bins"]))?;
    // There are no documentation tests; left in, they would close the output with empty results.
    let chosen: &[&str] = if arguments.is_empty() { &["--tests"] } else { arguments };
    shell::run(cargo(&layout.root).arg("test").args(chosen).env("FRONTMCP_SANDBOX", layout.sandbox()))
}
