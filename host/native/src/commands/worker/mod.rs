//! `frontmcp-host worker`: a deployment as a Cloudflare Worker. Never talks to Cloudflare: wrangler does.

use std::io::{self, IsTerminal as _, Write};

use crate::commands::deploy::Console;

pub mod build;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum WorkerCommand {
    /// Write a folder that wrangler deploys: the Worker, the signed bundle it starts with, and its configuration.
    ///
    /// The folder holds worker.js, which is yours to change: it is written once and kept by later builds. Everything
    /// else is written anew.
    Build(Box<build::BuildArgs>),
}

/// Does what was asked and answers the exit code.
///
/// # Errors
/// What the command could not do, for people.
pub fn run(command: &WorkerCommand, out: &mut dyn Write) -> anyhow::Result<i32> {
    let console = &mut Console { out, err: &mut io::stderr(), watched: io::stderr().is_terminal() };
    match command {
        WorkerCommand::Build(args) => build::run(args, console),
    }
}
