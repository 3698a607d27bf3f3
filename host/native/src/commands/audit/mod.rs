//! `frontmcp-host audit`: verify the audit log, watch it, take it elsewhere. Never writes to it, and works while a server
//! does.

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

pub mod export;
pub mod tail;
pub mod verify;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum AuditCommand {
    /// Check that the log is as it was written, and name the first record that is not.
    ///
    /// Every record carries the digest of the one before, and checkpoints are signed, so that a record that was changed,
    /// dropped, added or put elsewhere is found. A log that was pruned verifies from the checkpoint it begins with.
    /// Records behind the newest checkpoint are linked, but could have been cut off: remember a head and give it with
    /// --head to make sure that they are still there.
    ///
    /// Exit codes: 0 sound; 1 broken; 2 usage; 3 there is no log.
    Verify(verify::VerifyArgs),
    /// Show the newest records.
    Tail(tail::TailArgs),
    /// Write the log to standard output, for `audit verify --file` anywhere.
    Export(export::ExportArgs),
}

/// Which log.
#[derive(Debug, Clone, clap::Args)]
pub struct Folder {
    /// The server's data folder.
    #[arg(long, env = "FRONTMCP_DATA", value_name = "DIR")]
    pub data: PathBuf,
}

/// Does what was asked and answers the exit code.
///
/// # Errors
/// What the command could not do, for people.
pub fn run(command: &AuditCommand, out: &mut dyn Write) -> anyhow::Result<i32> {
    let ended = match command {
        AuditCommand::Verify(args) => verify::run(args, out),
        AuditCommand::Tail(args) => tail::run(args, out, &mut tail::changes(args)),
        AuditCommand::Export(args) => export::run(args, out),
    };
    match ended {
        Ok(code) => Ok(code),
        // Whoever reads has seen enough.
        Err(error) if is_broken_pipe(&error) => Ok(0),
        Err(error) => {
            writeln!(io::stderr(), "frontmcp-host: {error:#}")?;
            Ok(3)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
