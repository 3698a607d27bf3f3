//! `frontmcp-host deploy push`: a bundle to a running server, and what the server said. Never follows a redirect.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use clap::ArgGroup;
use frontmcp_core::bundle::envelope::Header;
use frontmcp_core::bundle::{open, packing, sha256_hex};
use url::Url;

use super::parcel::{self, Blobs};
use super::signing::{self, Claims, KeySource, sign};
use super::{Console, Steps, kid};
use crate::cli::Source;
use client::{Answer, Client, Gone, Pacing, Reply};
use report::Pushed;
use target::Target;

mod client;
mod report;
mod target;

/// Arguments of `deploy push`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("bundle to push").args(["key", "key_env", "bundle"]).required(true))]
pub struct PushArgs {
    /// The server, e.g. https://mcp.example.com; its MCP endpoint (…/mcp) is understood as well.
    #[arg(long, value_name = "URL", value_parser = target::parse)]
    pub url: Target,
    /// Push this envelope, which `deploy build` wrote, with the artifacts in FILE.blobs. An --env has to be the
    /// one it was built for.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kid", "seq", "rollback", "expires_in"])]
    pub bundle: Option<PathBuf>,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub key: KeySource,
    /// The key's id: one of signing.trustRoots.
    #[arg(long, value_name = "KID", value_parser = kid, required_unless_present = "bundle")]
    pub kid: Option<String>,
    #[command(flatten)]
    pub claims: Claims,
    /// How long the server may take for one answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Print one JSON object: what the server answered, url, and attempts.
    #[arg(long)]
    pub json: bool,
}

/// What is pushed.
struct Parcel {
    header: Header,
    bundle_sha256: String,
    packed: Bytes,
    blobs: Blobs,
}

/// Pushes and answers the exit code: 0 applied, 1 refused, 3 not reachable, 4 the server has to be deployed anew.
///
/// # Errors
/// There is nothing to push: the deployment is refused, or the key or the file cannot be read.
pub fn run(args: &PushArgs, console: &mut Console<'_>) -> anyhow::Result<i32> {
    run_paced(args, console, &Pacing::default())
}

fn run_paced(args: &PushArgs, console: &mut Console<'_>, pacing: &Pacing) -> anyhow::Result<i32> {
    let steps = console.steps(signing::STEPS + 1);
    let parcel = match &args.bundle {
        Some(file) => read(args, file)?,
        None => signed(args, console, &steps)?,
    };
    steps.begin("pushing");
    let client = Client::new(args.url.resync(), Duration::from_secs(args.timeout), pacing)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut note = |line: &str| {
        // What cannot be written to standard error cannot be complained about there.
        steps.aside(|| _ = writeln!(console.err, "{line}"));
    };
    let pushed = runtime.block_on(push(&client, &args.url, &parcel, &mut note))?;
    drop(steps);
    report::print(args.json, &pushed, console)
}

fn signed(args: &PushArgs, console: &mut Console<'_>, steps: &Steps) -> anyhow::Result<Parcel> {
    let kid = args.kid.as_deref().context("give the key's id with --kid KID")?;
    let signed = sign(&args.source, &args.key, kid, &args.claims, console, steps)?;
    Ok(Parcel {
        header: signed.header,
        bundle_sha256: signed.bundle_sha256,
        packed: packing::gzip(&signed.envelope).into(),
        blobs: Blobs::Memory(signed.blobs),
    })
}

fn read(args: &PushArgs, file: &Path) -> anyhow::Result<Parcel> {
    let parcel::Read { bytes, envelope } = parcel::read(file)?;
    let payload = envelope.unverified_payload();
    if let Some(wanted) = &args.source.env {
        let bundle =
            open::read(payload).ok().with_context(|| format!("{} holds no bundle", file.display()))?;
        if bundle.environment.as_ref() != Some(wanted) {
            let built = bundle.environment.map_or("no environment".to_owned(), |name| format!("`{name}`"));
            bail!("{} was built for {built}, not for `{wanted}`", file.display());
        }
    }
    Ok(Parcel {
        header: envelope.header().clone(),
        bundle_sha256: sha256_hex(payload),
        packed: packing::gzip(&bytes).into(),
        blobs: Blobs::Folder(parcel::folder(file)),
    })
}

/// Posts the envelope, uploads what the server lacks, and posts it again, until there is a last word.
async fn push(
    client: &Client<'_>,
    target: &Target,
    parcel: &Parcel,
    note: &mut dyn FnMut(&str),
) -> anyhow::Result<Pushed> {
    let mut pushed = Pushed::new(target.resync(), &parcel.header, &parcel.bundle_sha256);
    let mut uploaded = BTreeSet::new();
    loop {
        let Reply { said, attempts, lost } =
            client.post_envelope(target.resync(), &parcel.packed, note).await?;
        pushed.attempts += attempts;
        pushed.lost |= lost;
        let missing = match &said {
            Ok(answer) if answer.outcome() == "blobs_missing" => answer.blobs(),
            _ => return Ok(pushed.ended(said)),
        };
        for sha256 in missing {
            if !uploaded.insert(sha256.clone()) {
                bail!("the server asks again for the artifact {sha256}, which it took before");
            }
            let bytes = parcel.blobs.get(&sha256).context("the server lacks an artifact")?;
            if let Some(said) = upload(client, &target.blob(&sha256), bytes, note).await? {
                return Ok(pushed.ended(said));
            }
        }
    }
}

/// Uploads one artifact; what is said only counts if it was not taken.
async fn upload(
    client: &Client<'_>,
    url: &Url,
    bytes: Bytes,
    note: &mut dyn FnMut(&str),
) -> anyhow::Result<Option<Result<Answer, Gone>>> {
    let Reply { said, .. } = client.put_blob(url, bytes, note).await?;
    Ok(match said {
        Ok(answer) if answer.outcome() == "stored" => None,
        said => Some(said),
    })
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
