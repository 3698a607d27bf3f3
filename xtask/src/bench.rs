//! The benchmarks, in a release build. What they measure is tests/bench's business.

use anyhow::Result;

use crate::layout::Layout;
use crate::shell::{self, cargo};
use crate::{clients, guests};

pub(crate) fn run(layout: &Layout, arguments: &[&str]) -> Result<()> {
    guests::ensure(layout)?;
    clients::ensure(layout)?;
    let node = layout.clients().join("node");
    shell::run(
        cargo(&layout.root)
            .args(["run", "--release", "--package", "frontmcp-bench", "--"])
            .args(arguments)
            .env("FRONTMCP_GUESTS", layout.guests())
            .env("FRONTMCP_NODE", node.join("node_modules/.bin/node"))
            .env("FRONTMCP_NODE_MODULES", node.join("node_modules")),
    )
}
