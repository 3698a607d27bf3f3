//! `frontmcp-host deploy inspect`: what a bundle holds and who signed it. Never opens a connection, and never calls a
//! signature good without a key that came from somewhere else.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use frontmcp_core::audit::rfc3339;
use frontmcp_core::bundle::document::{Artifact, Bundle, Received, SpecPart};
use frontmcp_core::bundle::envelope::{Header, Unverified};
use frontmcp_core::bundle::keys::PublicKey;
use frontmcp_core::bundle::{open, packing, sha256_hex};
use frontmcp_core::findings::{Finding, has_errors};
use frontmcp_core::registry::apply::{Deployment, apply};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::parcel::{self, Blobs};
use super::{Console, harmless};
use crate::render;

/// Arguments of `deploy inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The envelope, plain or gzip; artifacts above 256 KiB are looked for in FILE.blobs.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The signer's public key, PEM or JWK. If left out, the environment variable with the name of the secret that
    /// the manifest in the bundle names for the signer, if it is set.
    #[arg(long, value_name = "FILE")]
    pub public_key: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What a key says about an envelope.
enum Signature {
    /// Made with the key from this place.
    Verified(String),
    /// Not made with the key from this place.
    Bad(String),
    /// There is no key to ask.
    Unchecked(String),
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified(key) => write!(formatter, "verified with {key}"),
            Self::Bad(what) => write!(formatter, "bad: {what}"),
            Self::Unchecked(why) => write!(formatter, "not verified: {why}"),
        }
    }
}

/// A bundle as far as it is shown.
type Outline = Bundle<Named, IgnoredAny>;

/// An operation, which other parts of the bundle name.
#[derive(Deserialize)]
struct Named {
    spec: String,
    name: String,
}

/// Everything that is shown.
struct Inspected {
    header: Header,
    bundle_sha256: String,
    envelope_sha256: String,
    bytes: usize,
    packed: usize,
    /// Absent if the payload is none.
    bundle: Option<Outline>,
    signature: Signature,
    findings: Vec<Finding>,
}

/// Shows the bundle; answers exit code 1 if it is not to be used, else 0.
///
/// # Errors
/// The file is no envelope, or a file cannot be read.
pub fn run(args: &InspectArgs, console: &mut Console<'_>) -> anyhow::Result<i32> {
    let variable = |name: &str| std::env::var(name).ok();
    let inspected = inspect(args, &variable)?;
    if args.json {
        serde_json::to_writer_pretty(&mut *console.out, &inspected.report(&args.file))?;
        writeln!(console.out)?;
    } else {
        console.out.write_all(inspected.text().as_bytes()).context("writing to standard output")?;
        if !inspected.findings.is_empty() {
            let text = render::text(&inspected.findings, &BTreeMap::new());
            text.lines().try_for_each(|line| writeln!(console.err, "{}", harmless(line)))?;
        }
    }
    let bad = matches!(inspected.signature, Signature::Bad(_));
    Ok(i32::from(bad || has_errors(&inspected.findings)))
}

fn inspect(args: &InspectArgs, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Inspected> {
    let parcel::Read { bytes, envelope } = parcel::read(&args.file)?;
    let header = envelope.header().clone();
    let (envelope_sha256, bundle_sha256) = (envelope.sha256(), sha256_hex(envelope.unverified_payload()));
    let payload = envelope.unverified_payload();
    let (bundle, mut findings) = match open::read(payload) {
        Ok(bundle) => {
            let findings = verdict(bundle, &Blobs::Folder(parcel::folder(&args.file)));
            (serde_json::from_slice::<Outline>(payload).ok(), findings)
        }
        Err(findings) => (None, findings),
    };
    render::sort(&mut findings);
    let signature = match &args.public_key {
        Some(file) => {
            let place = file.display().to_string();
            let text = fs::read_to_string(file).with_context(|| format!("reading {place}"))?;
            check(envelope, &PublicKey::parse(&text).with_context(|| format!("reading {place}"))?, place)
        }
        None => check_with_environment(envelope, bundle.as_ref(), variable),
    };
    let packed = packing::gzip(&bytes).len();
    Ok(Inspected {
        header,
        bundle_sha256,
        envelope_sha256,
        bytes: bytes.len(),
        packed,
        bundle,
        signature,
        findings,
    })
}

/// What a server would say.
fn verdict(bundle: Received<'_>, blobs: &Blobs) -> Vec<Finding> {
    let found: BTreeMap<String, Bytes> = bundle
        .blobs()
        .into_iter()
        .filter_map(|sha256| Some((sha256.clone(), blobs.get(&sha256).ok()?)))
        .collect();
    match open::open(bundle, &found) {
        Err(findings) => findings,
        Ok((opened, mut findings)) => {
            findings.extend(apply(Deployment::from(opened)).1);
            findings
        }
    }
}

fn check(envelope: Unverified, key: &PublicKey, place: String) -> Signature {
    match envelope.verify(key) {
        Ok(_) => Signature::Verified(place),
        Err(refused) => Signature::Bad(format!("{refused} ({place})")),
    }
}

/// The key comes from the environment; the bundle only says under which name.
fn check_with_environment(
    envelope: Unverified,
    bundle: Option<&Outline>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Signature {
    const ADVICE: &str = "give --public-key FILE";
    let kid = &envelope.header().kid;
    let roots = bundle.map(trust_roots).unwrap_or_default();
    let Some((_, secret)) = roots.iter().find(|(root, _)| root == kid) else {
        return Signature::Unchecked(format!("the manifest in it names no key {kid}; {ADVICE}"));
    };
    let Some(text) = variable(secret).filter(|text| !text.trim().is_empty()) else {
        return Signature::Unchecked(ADVICE.to_owned());
    };
    match PublicKey::parse(&text) {
        Ok(key) => {
            let place =
                format!("the environment variable {secret}, which the manifest in it names for {kid}");
            check(envelope, &key, place)
        }
        Err(error) => Signature::Unchecked(format!("the environment variable {secret}: {error}; {ADVICE}")),
    }
}

/// Key ids and the secrets that hold the keys, as the manifest in the bundle has them.
fn trust_roots(bundle: &Outline) -> Vec<(String, String)> {
    let roots = bundle.manifest.pointer("/signing/trustRoots").and_then(Value::as_array);
    let text = |root: &Value, name: &str| Some(root.get(name)?.as_str()?.to_owned());
    roots
        .into_iter()
        .flatten()
        .filter_map(|root| Some((text(root, "kid")?, text(root, "publicKeySecret")?)))
        .collect()
}

impl Inspected {
    fn server(&self) -> (&str, &str) {
        let text = |pointer: &str| self.bundle.as_ref()?.manifest.pointer(pointer)?.as_str();
        (text("/server/info/name").unwrap_or_default(), text("/server/info/version").unwrap_or_default())
    }

    fn report(&self, file: &Path) -> Value {
        let (signature, key) = match &self.signature {
            Signature::Verified(key) => ("verified", key),
            Signature::Bad(what) => ("bad", what),
            Signature::Unchecked(why) => ("unchecked", why),
        };
        let render::Counts { errors, warnings } = render::count(&self.findings);
        let mut report = json!({
            "file": file, "bytes": self.bytes, "packedBytes": self.packed,
            "bundleSha256": self.bundle_sha256, "envelopeSha256": self.envelope_sha256,
            "kid": self.header.kid, "algorithm": self.header.algorithm.as_str(),
            "signedAt": utc(self.header.iat), "expiresAt": self.header.exp.map(utc),
            "seq": self.header.seq, "rollback": self.header.rollback,
            "signature": signature, "signatureDetail": key,
            "findings": self.findings, "errors": errors, "warnings": warnings,
        });
        if let Some(bundle) = &self.bundle {
            let (name, version) = self.server();
            report["environment"] = json!(bundle.environment);
            report["server"] = json!({ "name": name, "version": version });
            report["skills"] = bundle.skills.keys().map(String::as_str).collect();
            report["specs"] = specs(bundle);
            let artifact = |(sha256, artifact): (&String, &Artifact)| json!({ "sha256": sha256, "size": artifact.size, "blob": artifact.is_blob() });
            report["artifacts"] = bundle.artifacts.iter().map(artifact).collect();
            let root = |(kid, secret): &(String, String)| json!({ "kid": kid, "publicKeySecret": secret });
            report["trustRoots"] = trust_roots(bundle).iter().map(root).collect();
        }
        report
    }

    fn text(&self) -> String {
        let header = &self.header;
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:12}{}", harmless(&value));
        };
        line("bundle", self.bundle_sha256.clone());
        if let Some(bundle) = &self.bundle {
            let (name, version) = self.server();
            line("server", format!("{name} {version}"));
            line("environment", bundle.environment.clone().unwrap_or_else(|| "none".to_owned()));
        }
        line("signed", format!("{} by {} ({})", utc(header.iat), header.kid, header.algorithm));
        if let Some(exp) = header.exp {
            line("expires", utc(exp));
        }
        line("seq", format!("{}{}", header.seq, if header.rollback { ", may go back" } else { "" }));
        line("signature", self.signature.to_string());
        line("size", format!("{} bytes, {} with gzip", self.bytes, self.packed));
        if let Some(bundle) = &self.bundle {
            contents(bundle, &mut line);
        }
        text
    }
}

fn specs(bundle: &Outline) -> Value {
    let spec = |spec: &SpecPart<Named, IgnoredAny>| {
        let operations = spec.operations.iter().map(|each| format!("{}.{}", each.spec, each.name));
        json!({
            "id": spec.id, "namespace": spec.namespace, "baseUrl": spec.base_url,
            "operations": operations.collect::<Vec<_>>(),
        })
    };
    bundle.specs.iter().map(spec).collect()
}

fn contents(bundle: &Outline, line: &mut dyn FnMut(&str, String)) {
    let names: Vec<&str> = bundle.skills.keys().map(String::as_str).collect();
    line("skills", format!("{}: {}", names.len(), names.join(", ")));
    for spec in &bundle.specs {
        let names: Vec<&str> = spec.operations.iter().map(|operation| operation.name.as_str()).collect();
        line(
            "operations",
            format!("{} of {} at {}: {}", names.len(), spec.id, spec.base_url, names.join(", ")),
        );
    }
    let sizes = |blob: bool| {
        let chosen = bundle.artifacts.values().filter(|artifact| artifact.is_blob() == blob);
        let (count, bytes) = chosen.fold((0, 0), |(count, bytes): (usize, u64), artifact| {
            (count + 1, bytes.saturating_add(artifact.size))
        });
        format!("{count}, {bytes} bytes")
    };
    line("artifacts", format!("{} inside", sizes(false)));
    line("blobs", format!("{} beside", sizes(true)));
    for (sha256, artifact) in bundle.artifacts.iter().filter(|(_, artifact)| artifact.is_blob()) {
        line("", format!("{sha256} {} bytes", artifact.size));
    }
    for (kid, secret) in trust_roots(bundle) {
        line("trusts", format!("{kid}, with the key in the secret {secret}"));
    }
}

/// Seconds since the Unix epoch as RFC 3339 has them.
fn utc(seconds: u64) -> String {
    rfc3339(seconds.saturating_mul(1000)).replace(".000Z", "Z")
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
