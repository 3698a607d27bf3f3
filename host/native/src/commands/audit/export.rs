//! `frontmcp-host audit export`: the log as lines of JSON. Never leaves out what is wrong with it.

use std::io::{BufWriter, Write};

use frontmcp_core::audit::export::{Header, Line};

use super::Folder;
use crate::store::{AuditReader, Item};

/// Arguments of `audit export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    folder: Folder,
    /// Begin at the newest checkpoint before this record.
    #[arg(long, value_name = "N", default_value_t = 1)]
    from: u64,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Ways to write a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// A JSON object a line: a header, records with their digests, checkpoints.
    #[default]
    Jsonl,
}

/// Writes the log.
///
/// # Errors
/// There is none, or it cannot be written.
pub fn run(args: &ExportArgs, out: &mut dyn Write) -> anyhow::Result<i32> {
    let Format::Jsonl = args.format;
    let reader = AuditReader::open(&args.folder.data)?;
    let start = reader.start(args.from)?;
    let mut out = BufWriter::new(out);
    writeln!(out, "{}", Header::new(reader.public_key()?, start.is_suffix).line())?;
    reader.walk(start, &mut |item| {
        match item {
            Item::Record(kept) => writeln!(out, "{}", Line::Record(kept).line())?,
            // As it is kept: what is wrong with it is for the verifier to say.
            Item::Checkpoint(text) => writeln!(out, "{{\"checkpoint\":{text}}}")?,
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(0)
}
