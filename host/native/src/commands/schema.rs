//! `frontmcp-host schema`: the JSON Schema of the manifest, for editors. Reads nothing.

use std::io::Write;

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {}

/// Prints the schema and answers exit code 0.
///
/// # Errors
/// `out` cannot be written to.
pub fn run(_: &SchemaArgs, out: &mut dyn Write) -> anyhow::Result<i32> {
    serde_json::to_writer_pretty(&mut *out, &frontmcp_core::manifest::schema::json_schema())?;
    writeln!(out)?;
    Ok(0)
}
