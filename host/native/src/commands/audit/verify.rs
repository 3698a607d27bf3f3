//! `frontmcp-host audit verify`: feeds a log to the core's verifier and says what it found. Never calls a signature good
//! without saying where the key came from.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use frontmcp_core::audit::Break;
use frontmcp_core::audit::export::{Header, Line};
use frontmcp_core::audit::verify::{Extent, Report, Verifier};
use frontmcp_core::bundle::is_sha256_hex;
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::ports::audit::Head;
use serde_json::{Value, json};

use crate::store::{AuditReader, Item};

/// Arguments of `audit verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The server's data folder.
    #[arg(long, env = "FRONTMCP_DATA", value_name = "DIR", required_unless_present_any = ["file", "d1"])]
    pub data: Option<PathBuf>,
    /// An export to verify instead; `-` for standard input.
    #[arg(long, value_name = "EXPORT")]
    pub file: Option<PathBuf>,
    /// A Worker's log to verify instead: what `wrangler d1 export` wrote. Give the key with --public-key: the Worker tells
    /// it at /_frontmcp/audit-key.
    #[arg(long, value_name = "EXPORT", conflicts_with = "file", requires = "public_key")]
    pub d1: Option<PathBuf>,
    /// Begin at the newest checkpoint before this record.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "file")]
    pub from: u64,
    /// A public key that checkpoints may be signed with, PEM or JWK; again for each if the key was changed. If left out,
    /// the one in the data folder or in the export.
    #[arg(long, value_name = "FILE")]
    pub public_key: Vec<PathBuf>,
    /// A record that must be there: its sequence and digest, as an earlier run printed them.
    #[arg(long, value_name = "N:SHA256", value_parser = head)]
    pub head: Option<Head>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

fn head(text: &str) -> Result<Head, String> {
    let parts = text.split_once(':').filter(|(_, hash)| is_sha256_hex(hash));
    let parsed = parts.and_then(|(sequence, hash)| Some((sequence.parse().ok()?, hash)));
    let (sequence, hash) = parsed.ok_or("a record's sequence, `:`, and its digest in hexadecimal")?;
    Ok(Head { sequence, hash: hash.to_owned() })
}

/// Keys, and where they came from.
struct Keys {
    keys: Vec<PublicKey>,
    from: &'static str,
}

/// Verifies, says what came of it, and answers exit code 1 if the log is broken.
///
/// # Errors
/// There is no log, or a key cannot be read.
pub fn run(args: &VerifyArgs, out: &mut dyn Write) -> anyhow::Result<i32> {
    let (keys, verdict) = match (&args.file, &args.d1, &args.data) {
        (Some(file), ..) => verify_export(args, file)?,
        (None, Some(file), _) => verify_kept(args, &AuditReader::of_d1(file)?)?,
        (None, None, Some(folder)) => verify_kept(args, &AuditReader::open(folder)?)?,
        (None, None, None) => bail!("give --data DIR, --file EXPORT or --d1 EXPORT"),
    };
    let code = i32::from(verdict.is_err());
    let text = match (args.json, &verdict) {
        (true, verdict) => serde_json::to_string_pretty(&described(verdict, &keys)?)? + "\n",
        (false, Ok(report)) => sound(report, &keys),
        (false, Err(broken)) => format!("broken: {broken}\n"),
    };
    out.write_all(text.as_bytes())?;
    Ok(code)
}

type Verdict = Result<Report, Break>;

fn verify_kept(args: &VerifyArgs, reader: &AuditReader) -> anyhow::Result<(Keys, Verdict)> {
    let keys = match given_keys(args)? {
        Some(keys) => keys,
        None => Keys { keys: vec![PublicKey::parse(&reader.public_key()?)?], from: "data-folder" },
    };
    let last = reader.last()?;
    if args.from > last.max(1) {
        bail!("there is no record {}: the log ends with {last}", args.from);
    }
    let start = reader.start(args.from)?;
    let mut verifier = verifier(args, &keys, start.is_suffix);
    let mut broken = None;
    let walked = reader.walk(start, &mut |item| {
        let seen = match item {
            Item::Record(kept) => verifier.record(&kept),
            Item::Checkpoint(text) => match serde_json::from_str(&text) {
                Ok(checkpoint) => verifier.checkpoint(&checkpoint),
                Err(error) => Err(verifier.unreadable(&format!("a checkpoint is not readable: {error}"))),
            },
        };
        seen.map_err(|found| {
            broken = Some(found);
            anyhow!("the walk ends here")
        })
    });
    match (broken, walked) {
        (Some(broken), _) => Ok((keys, Err(broken))),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Ok((keys, verifier.finish())),
    }
}

fn verify_export(args: &VerifyArgs, file: &Path) -> anyhow::Result<(Keys, Verdict)> {
    let place = file.display();
    let input: Box<dyn std::io::Read> = match file.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => Box::new(File::open(file).with_context(|| format!("reading {place}"))?),
    };
    let mut lines = BufReader::new(input).split(b'\n');
    let first = lines.next().transpose().with_context(|| format!("reading {place}"))?.unwrap_or_default();
    let header =
        Header::parse(&String::from_utf8_lossy(&first)).map_err(|error| anyhow!("{place}: {error}"))?;
    let keys = match given_keys(args)? {
        Some(keys) => keys,
        None => Keys { keys: vec![PublicKey::parse(&header.public_key)?], from: "export" },
    };
    let mut verifier = verifier(args, &keys, header.suffix);
    for line in lines {
        let line = line.with_context(|| format!("reading {place}"))?;
        let seen = match Line::parse(&String::from_utf8_lossy(&line)) {
            Ok(Line::Record(kept)) => verifier.record(&kept),
            Ok(Line::Checkpoint(checkpoint)) => verifier.checkpoint(&checkpoint),
            Err(error) => Err(verifier.unreadable(&error)),
        };
        if let Err(broken) = seen {
            return Ok((keys, Err(broken)));
        }
    }
    Ok((keys, verifier.finish()))
}

fn verifier(args: &VerifyArgs, keys: &Keys, is_suffix: bool) -> Verifier {
    let extent = if is_suffix { Extent::Suffix } else { Extent::Whole };
    let verifier = Verifier::new(keys.keys.clone(), extent);
    match &args.head {
        Some(head) => verifier.expecting(head.clone()),
        None => verifier,
    }
}

fn given_keys(args: &VerifyArgs) -> anyhow::Result<Option<Keys>> {
    if args.public_key.is_empty() {
        return Ok(None);
    }
    let read = |file: &PathBuf| {
        let place = || format!("reading {}", file.display());
        PublicKey::parse(&fs::read_to_string(file).with_context(place)?).with_context(place)
    };
    let keys = args.public_key.iter().map(read).collect::<anyhow::Result<_>>()?;
    Ok(Some(Keys { keys, from: "given" }))
}

impl Keys {
    fn thumbprints(&self) -> Vec<String> {
        self.keys.iter().map(PublicKey::thumbprint).collect()
    }
}

fn described(verdict: &Verdict, keys: &Keys) -> anyhow::Result<Value> {
    let mut described = match verdict {
        Ok(report) => json!({ "status": "ok", "report": report }),
        Err(broken) => json!({ "status": "broken", "broken": broken }),
    };
    described["keys"] = serde_json::to_value(keys.thumbprints())?;
    described["keysFrom"] = keys.from.into();
    Ok(described)
}

fn sound(report: &Report, keys: &Keys) -> String {
    let Report { first, last, records, checkpoints, signed_through, begins_behind, .. } = report;
    let mut text = match records {
        0 => "ok: there are no records\n".to_owned(),
        _ => format!("ok: records {first} to {last}, {checkpoints} checkpoints\n"),
    };
    let mut line = |name: &str, what: &str| _ = writeln!(text, "{name:<8} {what}");
    line("head", &format!("{last}:{}", report.head_hash));
    match &report.signed_at {
        Some(at) if signed_through == last => line("signed", &format!("to the end, at {at}")),
        Some(at) => {
            line("signed", &format!("through {signed_through}, at {at}; what follows is linked only"));
        }
        None => line("signed", "nothing yet; the records are linked only"),
    }
    if *begins_behind > 0 {
        line("begins", &format!("behind the signed record {begins_behind}"));
    }
    let whence = match keys.from {
        "given" => "as given",
        "export" => "from the export itself: compare it with the server's",
        _ => "from the data folder: compare it with a copy kept elsewhere",
    };
    keys.thumbprints().iter().for_each(|key| line("key", &format!("{key}, {whence}")));
    text
}
