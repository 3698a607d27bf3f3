//! `frontmcp-host deploy build`: a signed bundle as a file. Never opens a connection.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ArgGroup;
use frontmcp_core::bundle::packing;
use serde_json::json;

use super::signing::{self, Claims, KeySource, Signed, sign};
use super::{Console, algorithm_name, counted, kid, parcel};
use crate::cli::Source;

/// Arguments of `deploy build`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("private key").args(["key", "key_env"]).required(true))]
pub struct BuildArgs {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub key: KeySource,
    /// The key's id: one of signing.trustRoots.
    #[arg(long, value_name = "KID", value_parser = kid)]
    pub kid: String,
    #[command(flatten)]
    pub claims: Claims,
    /// Where to write the envelope. Artifacts above 256 KiB go into the folder FILE.blobs beside it.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
    /// Print one JSON object: bundleSha256, file, bytes, packedBytes, seq, kid, algorithm, environment, skills,
    /// operations, artifacts, blobs.
    #[arg(long)]
    pub json: bool,
}

/// Builds, signs and writes; answers exit code 0.
///
/// # Errors
/// The deployment is refused, the key is none, or the file cannot be written.
pub fn run(args: &BuildArgs, console: &mut Console<'_>) -> anyhow::Result<i32> {
    let steps = console.steps(signing::STEPS + 1);
    let signed = sign(&args.source, &args.key, &args.kid, &args.claims, console, &steps)?;
    steps.begin("writing");
    parcel::write(&args.out, &signed.envelope, &signed.blobs)?;
    drop(steps);
    let packed = packing::gzip(&signed.envelope).len();
    if args.json {
        serde_json::to_writer_pretty(&mut *console.out, &report(args, &signed, packed))?;
        writeln!(console.out)?;
    } else {
        console
            .out
            .write_all(summary(args, &signed, packed).as_bytes())
            .context("writing to standard output")?;
    }
    Ok(0)
}

fn operations(signed: &Signed) -> usize {
    signed.bundle.specs.iter().map(|spec| spec.operations.len()).sum()
}

fn report(args: &BuildArgs, signed: &Signed, packed: usize) -> serde_json::Value {
    let blobs = signed.blobs.iter().map(|(sha256, bytes)| json!({ "sha256": sha256, "size": bytes.len() }));
    json!({
        "bundleSha256": signed.bundle_sha256,
        "file": args.out,
        "bytes": signed.envelope.len(),
        "packedBytes": packed,
        "seq": signed.header.seq,
        "kid": signed.header.kid,
        "algorithm": algorithm_name(signed.header.algorithm),
        "environment": signed.bundle.environment,
        "skills": signed.bundle.skills.len(),
        "operations": operations(signed),
        "artifacts": signed.bundle.artifacts.len(),
        "blobs": blobs.collect::<Vec<_>>(),
    })
}

fn summary(args: &BuildArgs, signed: &Signed, packed: usize) -> String {
    let environment = signed.bundle.environment.as_deref();
    format!(
        "bundle    {}\nsize      {} bytes, {packed} with gzip\nseq       {}{}\nsigned    by {} ({}){}\n\
         contains  {}, {}, {}, {}\nfile      {}\n",
        signed.bundle_sha256,
        signed.envelope.len(),
        signed.header.seq,
        if signed.header.rollback { ", may go back" } else { "" },
        signed.header.kid,
        algorithm_name(signed.header.algorithm),
        environment.map(|name| format!(" for the environment {name}")).unwrap_or_default(),
        counted(signed.bundle.skills.len(), "skill"),
        counted(operations(signed), "operation"),
        counted(signed.bundle.artifacts.len(), "artifact"),
        counted(signed.blobs.len(), "blob"),
        args.out.display(),
    )
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
