//! A deployment on disk → a signed envelope. Never signs what the check refuses, or what nobody would accept.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use bytes::Bytes;
use frontmcp_core::Snapshot;
use frontmcp_core::bundle::build::Built;
use frontmcp_core::bundle::document::Bundle;
use frontmcp_core::bundle::envelope::{self, Header, MAX_NUMBER};
use frontmcp_core::bundle::{open, sha256_hex};
use frontmcp_core::findings::{Finding, Location, has_errors};
use frontmcp_core::manifest::schema;
use frontmcp_core::registry::apply::apply;
use frontmcp_core::settings::ResyncSettings;

use super::{Console, Steps, algorithm_name, now_ms};
use crate::boot::Refused;
use crate::cli::Source;
use crate::deployment::{self, Options};
use crate::keys::PrivateKey;

/// How many steps [`sign`] takes.
pub(crate) const STEPS: u64 = 4;
/// Largest key that is read, in bytes.
const MAX_KEY: u64 = 64 << 10;

/// Where the private key is.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct KeySource {
    /// The private key: a file with PKCS#8 PEM or a private JWK; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// The environment variable that holds the private key, as CI systems hand secrets over.
    #[arg(long, value_name = "NAME")]
    pub key_env: Option<String>,
}

/// What the signer says about a bundle.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Claims {
    /// The place in the order of bundles; servers refuse any that is not above the highest they accepted. The time
    /// in milliseconds if left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_NUMBER))]
    pub seq: Option<u64>,
    /// Say that going back to a lower seq is meant.
    #[arg(long)]
    pub rollback: bool,
    /// Let the envelope expire by itself, even before the server's window ends.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub expires_in: Option<u64>,
}

/// A bundle that was signed, and what travels beside it.
pub(crate) struct Signed {
    pub(crate) header: Header,
    pub(crate) bundle: Bundle,
    pub(crate) bundle_sha256: String,
    pub(crate) envelope: Vec<u8>,
    pub(crate) blobs: BTreeMap<String, Bytes>,
}

impl KeySource {
    /// Reads the key.
    ///
    /// # Errors
    /// It is not there, or is no private key that bundles can be signed with; nothing says what it is.
    pub(super) fn read(&self, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<PrivateKey> {
        let (place, text) = match (&self.key, &self.key_env) {
            (Some(file), _) if file == Path::new("-") => {
                ("standard input".to_owned(), read_to_end(io::stdin()))
            }
            (Some(file), _) => (file.display().to_string(), fs::File::open(file).and_then(read_to_end)),
            (None, Some(name)) => (name.clone(), variable(name).ok_or(io::ErrorKind::NotFound.into())),
            (None, None) => bail!("give the private key with --key FILE or --key-env NAME"),
        };
        let text = text.with_context(|| format!("reading the private key from {place}"))?;
        PrivateKey::read(&text).with_context(|| format!("{place} holds no private key to sign with"))
    }
}

fn read_to_end(source: impl io::Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_KEY).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads, checks, builds and signs; prints findings. In [`STEPS`] steps.
///
/// # Errors
/// [`Refused`] with errors among the findings; a key that cannot be read.
pub(crate) fn sign(
    source: &Source,
    key: &KeySource,
    kid: &str,
    claims: &Claims,
    console: &mut Console<'_>,
    steps: &Steps,
) -> anyhow::Result<Signed> {
    let variable = |name: &str| std::env::var(name).ok();
    let key = key.read(&variable)?;
    let mut findings = Vec::new();
    let signed = snapshot(source, &variable, kid, &key, &mut findings, steps).and_then(|snapshot| {
        steps.begin("building");
        let (built, payload) = payload(&snapshot, &mut findings)?;
        if has_errors(&findings) {
            return None;
        }
        steps.begin("signing");
        Some(envelope_of(built, &payload, header(kid, &key, claims), &key, &mut findings))
    });
    steps.aside(|| console.print_findings(source, &mut findings))?;
    signed.filter(|_| !has_errors(&findings)).ok_or_else(|| Refused.into())
}

fn snapshot(
    source: &Source,
    variable: &dyn Fn(&str) -> Option<String>,
    kid: &str,
    key: &PrivateKey,
    findings: &mut Vec<Finding>,
    steps: &Steps,
) -> Option<Snapshot> {
    steps.begin("reading");
    let options = Options { environment: source.env.as_deref(), variable, download: None };
    let (deployment, problems) = deployment::load(&source.manifest, &options);
    findings.extend(problems);
    steps.begin("checking");
    let deployment = deployment?;
    let place = |pointer: &str| deployment.places.at(pointer, 1);
    findings.extend(trust(&deployment.manifest.signing, kid, key, &place));
    let (snapshot, problems) = apply(deployment);
    findings.extend(problems);
    snapshot
}

/// Whether somebody would accept what this key signs.
fn trust(
    signing: &schema::Signing,
    kid: &str,
    key: &PrivateKey,
    place: &dyn Fn(&str) -> Location,
) -> Option<Finding> {
    if !signing.trust_roots.iter().any(|root| root.kid == kid) {
        let known = signing.trust_roots.iter().map(|root| format!("`{}`", root.kid)).collect::<Vec<_>>();
        let message = format!("The manifest trusts no key called `{kid}`, only {}", known.join(", "));
        let finding = Finding::warning("unknown-kid", message).at(place("/signing/trustRoots"));
        return Some(finding.hint("Only servers whose operator trusts this key will accept the bundle"));
    }
    let wanted = match signing.algorithm {
        schema::Algorithm::Ed25519 => "ed25519",
        schema::Algorithm::Rs256 => "rs256",
    };
    let found = algorithm_name(key.algorithm());
    (found != wanted).then(|| {
        let message = format!(
            "The key is for {found}, but bundles are signed with {wanted}: nobody would accept this one"
        );
        Finding::error("signing-algorithm", message)
            .at(place("/signing/algorithm"))
            .hint(format!("Sign with a key that `frontmcp-host deploy keygen --algorithm {wanted}` made"))
    })
}

/// The bundle as a server will see it: what a server would refuse is an error here.
fn payload(snapshot: &Snapshot, findings: &mut Vec<Finding>) -> Option<(Built, Vec<u8>)> {
    let mut built = snapshot.bundle().expect("a snapshot of a deployment has its manifest");
    findings.append(&mut built.findings);
    let payload = built.payload().map_err(|error| {
        findings.push(Finding::error("not-canonical", format!("The deployment cannot be a bundle: {error}")));
    });
    let payload = payload.ok()?;
    let opened = open::read(&payload).and_then(|bundle| open::open(bundle, &built.blobs));
    // Warnings were given when the files were read.
    findings.extend(opened.err().unwrap_or_default());
    Some((built, payload))
}

fn header(kid: &str, key: &PrivateKey, claims: &Claims) -> Header {
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce).expect("the operating system supplies randomness");
    let now_ms = now_ms();
    let iat = now_ms / 1000;
    Header {
        algorithm: key.algorithm(),
        kid: kid.to_owned(),
        iat,
        jti: BASE64URL.encode(nonce),
        seq: claims.seq.unwrap_or(now_ms),
        rollback: claims.rollback,
        exp: claims.expires_in.map(|seconds| iat + seconds),
    }
}

fn envelope_of(
    built: Built,
    payload: &[u8],
    header: Header,
    key: &PrivateKey,
    findings: &mut Vec<Finding>,
) -> Signed {
    let input = envelope::signing_input(&header, payload);
    let envelope = envelope::assemble(&input, &key.sign(input.as_bytes()));
    let limits = ResyncSettings::default();
    let too_large = built.blobs.values().any(|bytes| bytes.len() > limits.max_blob_bytes);
    if envelope.len() > limits.max_bytes || too_large {
        let message = format!(
            "The envelope has {} bytes and the largest artifact {}; servers accept {} and {} unless told otherwise",
            envelope.len(),
            built.blobs.values().map(Bytes::len).max().unwrap_or_default(),
            limits.max_bytes,
            limits.max_blob_bytes
        );
        findings.push(Finding::warning("bundle-large", message));
    }
    Signed { header, bundle: built.bundle, bundle_sha256: sha256_hex(payload), envelope, blobs: built.blobs }
}
