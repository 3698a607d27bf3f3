//! All tests, after everything they need. The last lines are the test runner's own.

use anyhow::Result;

use crate::layout::Layout;
use crate::shell::{self, cargo};
use crate::{clients, guests};

pub(crate) fn run(layout: &Layout, arguments: &[&str]) -> Result<()> {
    guests::ensure(layout)?;
    clients::ensure(layout)?;
    // The binaries are started by tests, and `cargo test` builds only those of the tested packages.
    shell::run(cargo(&layout.root).args(["build", "--bins"]))?;
    shell::run(cargo(&layout.root).arg("test").args(arguments).env("FRONTMCP_SANDBOX", layout.sandbox()))
}
