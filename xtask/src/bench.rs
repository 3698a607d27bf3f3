//! The benchmarks, in a release build. What they measure is tests/bench's business.

use anyhow::Result;

use crate::layout::Layout;
use crate::shell::{self, cargo};
use crate::{clients, guests, worker};

pub(crate) fn run(layout: &Layout, arguments: &[&str]) -> Result<()> {
    guests::ensure(layout)?;
    clients::ensure(layout)?;
    let node = layout.clients().join("node");
    let sandbox = layout.root.join("target/bench");
    if arguments.is_empty() || arguments.contains(&"worker") {
        worker::ensure(layout)?;
        worker::sandbox_alone(layout, &sandbox)?;
        // What builds the Worker's folder is a program of its own, beside this one.
        let mut program = cargo(&layout.root);
        shell::run(program.args([
            "build",
            "--release",
            "--package",
            "frontmcp-host",
            "--bin",
            "frontmcp-host",
        ]))?;
    }
    shell::run(
        cargo(&layout.root)
            .args(["run", "--release", "--package", "frontmcp-bench", "--"])
            .args(arguments)
            .env("FRONTMCP_WORKER_SANDBOX", sandbox)
            .env("FRONTMCP_GUESTS", layout.guests())
            .env("FRONTMCP_NODE", node.join("node_modules/.bin/node"))
            .env("FRONTMCP_NODE_MODULES", node.join("node_modules")),
    )
}
